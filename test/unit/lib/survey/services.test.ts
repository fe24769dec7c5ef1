import { expect, it } from 'vitest';
import { parseLvmSettings, parseShellSettings } from '../../../../lib/survey/services.ts';

it('the last setting of a name in a shell file counts, and nothing is expanded', () => {
  const text = `# XENDOMAINS_SAVE=/no
XENDOMAINS_SAVE=/var/lib/xen/save
XENDOMAINS_SAVE=""
  export XENDOMAINS_RESTORE=true # by default
XENDOMAINS_AUTO="/etc/xen/a b"
XENDOMAINS_OPEN='
X=$(reboot)
XENDOMAINS_EMPTY=
`;
  expect(Object.fromEntries(parseShellSettings(text))).toEqual({
    XENDOMAINS_SAVE: '',
    XENDOMAINS_RESTORE: 'true',
    XENDOMAINS_AUTO: '/etc/xen/a b',
    XENDOMAINS_EMPTY: '',
    X: '$(reboot)',
  });
});

it('the settings of LVM are read as lvmconfig prints them', () => {
  const text = 'global {\n\tumask=63\n\tlocking_type=3\n\tuse_lvmlockd=0\n\tsystem_id_source="none"\n}\n';
  expect(parseLvmSettings(text)).toEqual({
    umask: '63',
    locking_type: '3',
    use_lvmlockd: '0',
    system_id_source: 'none',
  });
});
