import { TooLarge } from './problems.ts';
import { randomUUID } from 'node:crypto';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A table is read from its end, so it is here as a whole before. */
export const LARGEST_TABLE = 256 * 1024 * 1024;

/** A body on this machine's disk. */
export interface Upload {
  path: string;
  remove(): Promise<void>;
}

/** The folder of bodies; what a killed process left there goes. */
export function uploadsIn(folder: string) {
  rmSync(folder, { recursive: true, force: true });

  return async (body: AsyncIterable<Uint8Array>): Promise<Upload> => {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, randomUUID());
    const remove = (): Promise<void> => rm(path, { force: true });
    try {
      await pipeline(limited(body), createWriteStream(path));
    } catch (error) {
      await remove();
      throw error;
    }
    return { path, remove };
  };
}

async function* limited(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const part of body) {
    if ((bytes += part.length) > LARGEST_TABLE) throw tooLarge();
    yield part;
  }
}

export const tooLarge = (): TooLarge =>
  new TooLarge(
    `The file has over ${LARGEST_TABLE} bytes. Send it in parts, or as JSON lines or CSV, which are read as they come.`,
  );
