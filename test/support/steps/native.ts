import { machineIn } from '../../../wiring/settings.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts into a cache what looks like TF.js's native package, with this in place of its compiled library. */
export function spoiltNative(cache: string, binding: Uint8Array | string): void {
  const folder = join(machineIn({ XDG_CACHE_HOME: cache }).nativeFolder, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(join(folder, 'lib', 'napi-v8'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: '@tensorflow/tfjs-node', main: 'index.js' }));
  writeFileSync(join(folder, 'index.js'), '');
  writeFileSync(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node'), binding);
}
