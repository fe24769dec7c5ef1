import type { Cib } from '../../lib/cluster/cib.ts';
import { badArguments } from '../../lib/ocf/error.ts';
import { addressAttributes, defaultAddressAttribute } from '../attributes/attributes.ts';

/**
 * The attribute with the migration addresses: the one that is given, else the one that resources use.
 *
 * @throws OcfError exit 2 when resources use several, and none is given.
 */
export function addressAttribute(cib: Cib, given: string | undefined): string {
  if (given !== undefined) return given;
  const [only = defaultAddressAttribute, ...others] = addressAttributes(cib);
  if (others.length === 0) return only;
  throw badArguments(
    `the resources use several attributes: ${[only, ...others].join(', ')}`,
    'say which: --attribute NAME',
  );
}
