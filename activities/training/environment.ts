import { release } from '../../core/base/release.ts';
import { availableParallelism, release as systemRelease, type } from 'node:os';

/** What judges a model: for its card. */
export const environment = () => ({
  release,
  node: process.version,
  system: `${type()} ${systemRelease()} ${process.arch}`,
  cores: availableParallelism(),
});
