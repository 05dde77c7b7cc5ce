import { coresHere } from './cores.ts';
import { memoryHere, type MemoryHere } from '../duckdb/memory.ts';
import type { Config } from '../../core/base/settings/config.ts';

/** A training has so many cores to itself. */
const CORES = 2;
/** All of them have this share of the memory; the other is for Node.js and DuckDB. */
const SHARE = 1 / 2;

/**
 * How many trainings a worker here has room for at once: as many as are set, or as the cores and the memory of its container
 * allow. A machine has other programs too, and says nothing of what is left, so there it is one.
 */
export const trainingsHere = (
  { trainings, trainingMemoryMb }: Pick<Config, 'trainings' | 'trainingMemoryMb'>,
  cores = coresHere(),
  { mb, of }: MemoryHere = memoryHere(),
): number => {
  if (trainings !== undefined) return trainings;
  if (of === 'machine') return 1;
  return Math.max(1, Math.min(Math.floor(cores / CORES), Math.floor((mb * SHARE) / trainingMemoryMb)));
};

/**
 * How many threads a training fills that begins beside so many others here: its part of the cores, or all of them where
 * nothing else trains. They change no bit of a model.
 */
export const threadsBeside = (others: number, trainings: number, cores = coresHere()): number =>
  Math.max(1, Math.floor(cores / (others === 0 ? 1 : trainings)));
