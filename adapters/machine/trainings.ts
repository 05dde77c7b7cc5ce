import { coresHere } from './cores.ts';
import { memoryHere } from '../duckdb/memory.ts';
import type { Config } from '../../core/base/settings/config.ts';

/** A training has so many cores to itself. */
const CORES = 2;
/** All of them have this share of the memory; the other is for Node.js and DuckDB. */
const SHARE = 1 / 2;

/** How many trainings a worker here has room for at once: as many as are set, or as its cores and its memory allow. */
export const trainingsHere = (
  { trainings, trainingMemoryMb }: Pick<Config, 'trainings' | 'trainingMemoryMb'>,
  cores = coresHere(),
  mb = memoryHere().mb,
): number => trainings ?? Math.max(1, Math.min(Math.floor(cores / CORES), Math.floor((mb * SHARE) / trainingMemoryMb)));
