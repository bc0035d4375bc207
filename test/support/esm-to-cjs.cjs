const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { createTransformer } = require('@swc/jest');

const swc = createTransformer({
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
  jsc: {
    parser: { syntax: 'typescript', decorators: true, importAttributes: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2022',
  },
});
const packageTypes = new Map();

/** `type` of the nearest package.json, which decides how Node reads a .js file. */
function packageType(directory) {
  if (!packageTypes.has(directory)) {
    const file = path.join(directory, 'package.json');
    let type;
    try {
      type = JSON.parse(readFileSync(file, 'utf8')).type ?? 'commonjs';
    } catch {
      const parent = path.dirname(directory);
      type = parent === directory ? 'commonjs' : packageType(parent);
    }
    packageTypes.set(directory, type);
  }
  return packageTypes.get(directory);
}

function isEsm(file) {
  if (/\.[cm]?tsx?$/.test(file) || file.endsWith('.mjs')) return true;
  return !file.endsWith('.cjs') && packageType(path.dirname(file)) === 'module';
}

const self = readFileSync(__filename);

module.exports = {
  ...swc,
  // The cache has to know this file, too.
  getCacheKey: (source, file, { instrument }) =>
    createHash('sha256')
      .update(self)
      .update(`${instrument} ${file}\0`)
      .update(source)
      .digest('hex'),
  // Jest counts what of the result is run.
  canInstrument: false,
  process: (source, file, options) => {
    if (isEsm(file)) return swc.process(source, file, options);
    // Methods may have this name, too: `keys.import(data)`, `import(data) {`.
    const dynamicImport = /(?<!\.)\bimport\((?![^()]*\)\s*\{)/g;
    return { code: source.replace(dynamicImport, '(async (id) => require(id))(') };
  },
};
