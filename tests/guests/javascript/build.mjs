// Usage: node build.mjs SOURCE WIT OUTPUT, where componentize-js can be found.
import { readFile, writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';

const [source, witPath, output] = process.argv.slice(2);
const { component } = await componentize(await readFile(source, 'utf8'), {
  witPath,
  worldName: 'reader',
  // The engine would import wasi:http for its own `fetch`; a connector has windlass:connector/http.
  disableFeatures: ['http', 'fetch-event'],
});
await writeFile(output, component);
