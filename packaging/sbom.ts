import libraries from './bun-libraries.json' with { type: 'json' };
import type { Component } from './components.ts';
import type { Product } from './product.ts';

/** The bill of materials of a package, in the JSON of CycloneDX 1.6. */
export function sbom({ version, date }: Product, name: string, components: readonly Component[]): string {
  const own = `pkg:generic/${name}@${version}`;
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: date.toISOString(),
      component: {
        type: 'application',
        'bom-ref': own,
        name,
        version,
        licenses: [{ license: { id: 'MIT' } }],
        purl: own,
      },
    },
    components: components.map(entry),
    dependencies: [{ ref: own, dependsOn: components.map(purl) }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function entry(component: Component) {
  const isRuntime = component.name.startsWith('@oven/bun-');
  return {
    type: isRuntime ? 'platform' : 'library',
    'bom-ref': purl(component),
    name: component.name,
    version: component.version,
    licenses: [{ expression: component.licence }],
    purl: purl(component),
    hashes: [{ alg: 'SHA-512', content: sha512(component.integrity) }],
    // Their versions stand in no file of the runtime's package.
    ...(isRuntime
      ? {
          components: libraries.map(([name, licence, url]) => ({
            type: 'library',
            name,
            licenses: [{ expression: licence }],
            externalReferences: [{ type: 'website', url }],
          })),
        }
      : {}),
  };
}

function purl({ name, version }: Component): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function sha512(integrity: string): string {
  const [algorithm, hash = ''] = integrity.split('-');
  if (algorithm !== 'sha512') throw new Error(`no SHA-512: ${integrity}`);
  return Buffer.from(hash, 'base64').toString('hex');
}
