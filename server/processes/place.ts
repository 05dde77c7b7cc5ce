import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Which process of a server this is, of how many; the only one is 0 of 1. */
export interface Place {
  index: number;
  count: number;
}

export const onlyProcess: Place = { index: 0, count: 1 };

/** The first also does what one process must: it saves what is served, watches the platform and delivers alerts. */
export const isFirst = ({ index }: Place): boolean => index === 0;

/** What this process alone owns: its spool, and the lock on it. The only process owns the whole data folder. */
export const folderOf = (dataFolder: string, { index, count }: Place): string =>
  count === 1 ? dataFolder : join(dataFolder, 'processes', String(index));

/** Spools of earlier servers with another number of processes, for the first process to ship. */
export function leftSpools(dataFolder: string, place: Place): string[] {
  if (!isFirst(place)) return [];
  const processes = join(dataFolder, 'processes');
  const earlier = existsSync(processes) ? readdirSync(processes).map((name) => join(processes, name)) : [];
  const used = Array.from({ length: place.count }, (_, index) => folderOf(dataFolder, { ...place, index }));
  return [dataFolder, ...earlier]
    .filter((folder) => !used.includes(folder))
    .map((folder) => join(folder, 'spool'))
    .filter((spool) => existsSync(spool));
}
