import { messageOf, UserError } from '../core/base/errors/errors.ts';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes a file that a person named by --out, in a folder that is made for it. */
export async function writeOut(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  } catch (error) {
    throw new UserError('REQUEST_INVALID', `${path} cannot be written: ${messageOf(error)}. Choose another --out.`, {
      cause: error,
    });
  }
}
