import { statfs } from 'node:fs/promises';

/** The used share of the disk that a folder is on, as df has it: of what is not reserved for the system. */
export async function diskUse(folder: string): Promise<{ folder: string; used: number }> {
  const { blocks, bfree, bavail } = await statfs(folder);
  const taken = blocks - bfree;
  return { folder, used: taken === 0 ? 0 : taken / (taken + bavail) };
}
