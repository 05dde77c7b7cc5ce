import { type Threads } from '../../core/base/threads.ts';
import type { Computations } from './computations.ts';
import { cancellationSignal } from '@temporalio/activity';

/**
 * Computes in a thread, which ends when the activity is cancelled. The buffers of typed arrays in `input` move there:
 * the caller no longer has them.
 */
export const compute = <Name extends keyof Computations>(
  threads: Threads,
  name: Name,
  ...input: Parameters<Computations[Name]>
): Promise<Awaited<ReturnType<Computations[Name]>>> =>
  threads.run(name, input, cancellationSignal()) as Promise<Awaited<ReturnType<Computations[Name]>>>;
