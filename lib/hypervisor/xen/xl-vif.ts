/**
 * The bridge of an entry of `vif=[…]` by xl-network-configuration(5); undefined when it needs none, because it is routed
 * or another domain has it.
 *
 * @param fallback the bridge where none is named: `vif.default.bridge` of xl.conf, or `xenbr0`.
 */
export function bridgeOf(entry: string, fallback = 'xenbr0'): string | undefined {
  const settings = new Map(
    entry.split(',').map((word) => {
      const at = word.indexOf('=');
      return [word.slice(0, Math.max(0, at)).trim(), word.slice(at + 1).trim()] as const;
    }),
  );
  const isElsewhere = !['', '0', undefined].includes(settings.get('backend'));
  if (isElsewhere || /vif-(?!bridge|openvswitch)/.test(settings.get('script') ?? '')) return undefined;
  // Open vSwitch: BRIDGE.VLAN or BRIDGE:TRUNK:TRUNK.
  const bridge = settings.get('bridge') ?? fallback;
  return /openvswitch/.test(settings.get('script') ?? '') ? bridge.replace(/[.:].*$/s, '') : bridge;
}

/** `vif.default.bridge` of an xl.conf; undefined when it sets none. */
export function defaultBridge(xlConf: string): string | undefined {
  return /^\s*vif\.default\.bridge\s*=\s*["']?([^"'\s#]+)/m.exec(xlConf)?.[1];
}
