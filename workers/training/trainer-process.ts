import { runner } from '../../adapters/machine/runner.ts';
import { crashInWords, isCrash, quietly } from '../../adapters/training/native-tensorflow.ts';
import { type Circumstances } from '../../adapters/training/tensors.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import type { TrainedModel } from '../../core/model/artifact.ts';
import { compileScorer, parseTrainedModel } from '../../core/model/scorer.ts';
import type { Trainer } from '../../core/training/trainer.ts';
import type { TrainerMessage, TrainerRequest } from './protocol.ts';
import { fork, type ChildProcess } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const STDERR_KEPT = 4_000;
const TRAINER = fileURLToPath(new URL('trainer.ts', import.meta.url));

export interface ProcessTrainerOptions {
  /** Which TF.js the trainer is to take. */
  tensorflow: Circumstances;
  /** Folders with files of pipelines' own recipes. */
  recipeRoots?: readonly string[];
  /** Of the trainer's process. */
  environment: NodeJS.ProcessEnv;
  memoryLimitMb?: number;
  /** How many threads a training may fill that begins beside so many others; 1 unless told. */
  threads?: (others: number) => number;
  log?: (line: string) => void;
  entry?: string;
}

/** Trains in a child process (trainer.ts), which ends with the training, the abort signal or this process. */
export function createProcessTrainer(options: ProcessTrainerOptions): Trainer {
  const { tensorflow, memoryLimitMb = 1_024, threads = () => 1, recipeRoots = [] } = options;
  let running = 0;
  return {
    async train(job, progress) {
      const request = { job, memoryLimitMb, threads: threads(running), tensorflow, recipeRoots };
      running++;
      try {
        return await trainInProcess(request, progress, options);
      } catch (error) {
        if (!(error instanceof CrashedLoading) || tensorflow.wanted) throw error;
        const withoutNative = { ...tensorflow, nativeFailed: crashInWords(error.signal) };
        return await trainInProcess({ ...request, tensorflow: withoutNative }, progress, options);
      } finally {
        running--;
      }
    },
  };
}

async function trainInProcess(
  request: TrainerRequest,
  progress: Parameters<Trainer['train']>[1],
  { environment, log = () => {}, entry = TRAINER }: ProcessTrainerOptions,
): Promise<TrainedModel> {
  const { signal } = progress;
  signal.throwIfAborted();
  const child = fork(runner, [entry], {
    env: quietly(environment),
    execArgv: [`--max-old-space-size=${Math.ceil(request.memoryLimitMb * 0.75)}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL'); // a checkpoint is whole or absent, so nothing is damaged
  signal.addEventListener('abort', kill);
  const checkpoints = deliverNewest((file) => progress.onCheckpoint(file), log);
  try {
    const last = await conversation(child, request, (message) => {
      if (message.kind === 'progress') progress.onProgress(message.progress);
      else if (message.kind === 'checkpoint') checkpoints.add(message.file);
      else if (message.kind === 'log') log(message.line);
    });
    signal.throwIfAborted();
    if (last.kind === 'failed') throw failure(last);
    return await readModel(last.file);
  } catch (error) {
    signal.throwIfAborted(); // we killed the child: a cancellation, not a failure
    throw error;
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
    await checkpoints.settled(); // the caller removes the folder next
  }
}

type LastMessage = Extract<TrainerMessage, { kind: 'done' | 'failed' }>;

/** Resolves to the child's last message once it has ended; rejects when it ended without one. */
function conversation(
  child: ChildProcess,
  request: TrainerRequest,
  hear: (message: TrainerMessage) => void,
): Promise<LastMessage> {
  return new Promise((resolve, reject) => {
    let last: LastMessage | null = null;
    let loading = false;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-STDERR_KEPT)));
    child.on('message', (message: TrainerMessage) => {
      if (message.kind === 'done' || message.kind === 'failed') last = message;
      else if (message.kind === 'loading' || message.kind === 'loaded') loading = message.kind === 'loading';
      else hear(message);
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (last) return resolve(last);
      const died = diedSilently(request, child.pid, code, killedBy, stderr);
      reject(loading && isCrash(killedBy) ? new CrashedLoading(died.message, killedBy) : died);
    });
    child.send(request, (error) => {
      if (error) child.kill('SIGKILL'); // 'close' then tells why
    });
  });
}

/** A process that crashed while it loaded TF.js. */
class CrashedLoading extends Error {
  readonly signal: string;
  constructor(message: string, signal: string) {
    super(message);
    this.signal = signal;
  }
}

function diedSilently(
  { job, memoryLimitMb }: TrainerRequest,
  pid: number | undefined,
  code: number | null,
  killedBy: string | null,
  stderr: string,
): Error {
  const name = job.candidate.name;
  if (stderr.includes('heap out of memory'))
    return new UserError(
      'TRAINING_OUT_OF_MEMORY',
      `Training "${name}" filled its heap, within the limit of ${memoryLimitMb} MB. Declare a smaller batchSize, ` +
        'fewer hidden units or leaves, or raise PERENNIAL_TRAINING_MEMORY_MB on the worker.',
    );
  const how = killedBy ? `was killed by ${killedBy}` : `exited with code ${code}`;
  const said = stderr.trim() ? `\nIts last output:\n${stderr.trim()}` : '';
  const hint = killedBy === 'SIGKILL' ? ' (by a person, or by the system when memory ran out)' : '';
  return new Error(`The process that trained "${name}" (pid ${pid}) ${how}${hint} before it finished.${said}`);
}

function failure({ code, message, stack }: Extract<TrainerMessage, { kind: 'failed' }>): Error {
  if (code) return new UserError(code, message);
  const error = new Error(message);
  if (stack) error.stack = stack; // where in the child it happened
  return error;
}

/** The child's model, verified to score without TF.js as with it; throws if it does not. */
async function readModel(file: string): Promise<TrainedModel> {
  const model = parseTrainedModel(await readFile(file, 'utf8'));
  compileScorer(model);
  return model;
}

/** Heartbeats, in which a checkpoint's place travels, go out no oftener. */
const BETWEEN_CHECKPOINTS_MS = 1_000;

/**
 * Hands over checkpoints one at a time and only the newest, once a second: a slow store must not delay training. All other
 * files are removed, so that a store that is away does not fill the disk. A checkpoint that cannot be stored costs a line in
 * the log, not the training.
 */
function deliverNewest(onCheckpoint: (file: string) => Promise<void>, log: (line: string) => void) {
  let newest: string | null = null;
  let handedOver: string | null = null;
  let delivering: Promise<void> = Promise.resolve();
  let removing: Promise<void> = Promise.resolve();
  let busy = false;
  const ended = new AbortController();
  let files: string[] = [];

  const removeOlder = async (): Promise<void> => {
    const older = files.slice(0, -1).filter((file) => file !== handedOver);
    files = files.filter((file) => !older.includes(file));
    for (const file of older)
      await rm(file, { force: true }).catch((error: unknown) =>
        log(`The checkpoint ${file} could not be removed: ${messageOf(error)}`),
      );
  };
  const deliver = async (): Promise<void> => {
    busy = true;
    while (newest) {
      const file = (handedOver = newest);
      newest = null;
      try {
        await onCheckpoint(file);
      } catch (error) {
        log(`The checkpoint ${file} could not be stored: ${messageOf(error)}`);
      }
      handedOver = null;
      await removeOlder();
      await setTimeout(BETWEEN_CHECKPOINTS_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
    busy = false;
  };
  return {
    add(file: string): void {
      files.push(file);
      newest = file;
      if (!busy) delivering = deliver();
      removing = removing.then(removeOlder);
    },
    /** Once no more are to come. */
    async settled(): Promise<void> {
      ended.abort();
      await delivering;
      await removing;
    },
  };
}
