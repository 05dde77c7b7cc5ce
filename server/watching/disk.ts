import { statfs } from 'node:fs/promises';

/** The used share of the disk that a folder is on, without what is reserved for the system. */
export async function diskUse(folder: string): Promise<{ folder: string; used: number }> {
  const { blocks, bavail } = await statfs(folder);
  return { folder, used: blocks === 0 ? 0 : 1 - bavail / blocks };
}
