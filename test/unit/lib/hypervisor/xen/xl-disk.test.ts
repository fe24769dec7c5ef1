import { expect, it } from 'vitest';
import { parseDisk } from '../../../../../lib/hypervisor/xen/xl-disk.ts';

const path = (target: string) => ({ target, isCdrom: false, isForeign: false });

it.each([
  ['/dev/vg/guest-volume,raw,xvda,rw', path('/dev/vg/guest-volume')],
  ['format=raw, vdev=xvda, access=rw, target=/dev/vg/guest-volume', path('/dev/vg/guest-volume')],
  ['target=/var/images/a,b.img', path('/var/images/a,b.img')],
  ['vdev=xvda, target=/images/target=x.img', path('/images/target=x.img')],
  ['phy:/dev/vg/lv,xvda,w', path('/dev/vg/lv')],
  ['phy:vg/lv,xvda,w', path('/dev/vg/lv')],
  ['tap:aio:/images/a.img,xvda,w', path('/images/a.img')],
  ['/images/a.iso,,hdc,cdrom', { ...path('/images/a.iso'), isCdrom: true }],
  ['file:/images/a.iso,hdc:cdrom,r', { ...path('/images/a.iso'), isCdrom: true }],
  [',,hdc,cdrom', { ...path(''), isCdrom: true }],
  [
    'vdev=xvda,script=block-iscsi,target=iqn.2001-05.com.example:lun1',
    { ...path('iqn.2001-05.com.example:lun1'), isForeign: true },
  ],
  ['drbd:vm01,xvda,w', { ...path('vm01'), isForeign: true }],
  ['/dev/x,raw,xvda,w,backend=storage', { ...path('/dev/x'), isForeign: true }],
  ['/dev/x,raw,xvda,w,backend=0', path('/dev/x')],
])('the disk %s', (entry, expected) => {
  expect(parseDisk(entry)).toEqual(expected);
});
