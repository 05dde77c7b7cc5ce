import type { DiskUse } from '../../core/runs/disks.ts';
import { stat, statfs } from 'node:fs/promises';
import { hostname } from 'node:os';

/** The disk that a folder is on, as df has it: without what is reserved for the system. */
export async function diskUse(folder: string): Promise<DiskUse> {
  const [{ bsize, blocks, bfree, bavail }, { dev }] = await Promise.all([statfs(folder), stat(folder)]);
  const size = (blocks - bfree + bavail) * bsize;
  const free = bavail * bsize;
  return { machine: hostname(), device: String(dev), folder, free, size, used: size === 0 ? 0 : 1 - free / size };
}
