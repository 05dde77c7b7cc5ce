import { ApplicationFailure } from '@temporalio/common';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';

/** The failure that Temporal would be told of. */
export async function failureOf(attempt: Promise<unknown>): Promise<ApplicationFailure> {
  const reason: unknown = await attempt.then(
    () => assert.fail('it went well'),
    (error: unknown) => error,
  );
  assert.ok(reason instanceof ApplicationFailure, `not a failure with a code: ${String(reason)}`);
  return reason;
}

/** What a failing disk does. */
export async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length >> 1]! ^= 0xff;
  await writeFile(file, bytes);
}
