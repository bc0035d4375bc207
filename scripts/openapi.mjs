import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { orExplain, prepare, ROOT } from './prepare.mjs';

// Writes openapi.json from the code; with --check it only says whether the file has drifted.
await orExplain(() => prepare({ tools: false }));
const { generateOpenApi } = await import('../dist/src/openapi/generate.js');

const file = path.join(ROOT, 'openapi.json');
const wanted = `${JSON.stringify(await generateOpenApi(), null, 2)}\n`;
if (!process.argv.includes('--check')) {
  writeFileSync(file, wanted);
} else if (readFileSync(file, 'utf8') !== wanted) {
  process.stderr.write('openapi.json is not what the code says: run npm run openapi\n');
  process.exit(1);
}
process.exit(0);
