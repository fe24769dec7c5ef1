import { expect, it } from 'vitest';
import { bridgeOf, defaultBridge } from '../../../../../lib/hypervisor/xen/xl-vif.ts';

it.each([
  ['mac=00:16:3e:00:00:01,bridge=xbr2097', 'xbr2097'],
  ['mac=00:16:3e:00:00:01', 'xenbr0'],
  ['', 'xenbr0'],
  [' bridge = br1 ', 'br1'],
  ['bridge=ovs0.100,script=vif-openvswitch', 'ovs0'],
  ['bridge=br0.100', 'br0.100'],
  ['ip=10.0.0.1,script=vif-route', undefined],
  ['bridge=br0,backend=net', undefined],
])('the interface "%s" needs the bridge %s', (entry, bridge) => {
  expect(bridgeOf(entry)).toBe(bridge);
});

it('xl.conf names the bridge of interfaces that name none', () => {
  expect(defaultBridge('#vif.default.bridge="no"\nvif.default.bridge="br7"\n')).toBe('br7');
  expect(defaultBridge('autoballoon="auto"\n')).toBeUndefined();
  expect(bridgeOf('', 'br7')).toBe('br7');
});
