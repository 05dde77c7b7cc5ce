import { errorCodes, messageOf, UserError, type ErrorCode } from '../../core/base/errors.ts';
import type { PredictionServer } from '../../core/rollout/prediction-server.ts';

const PATIENCE_MS = 30_000;

export function createPredictionServer({ url, key }: { url: string; key: string | undefined }): PredictionServer {
  return {
    url,
    async predict(pipeline, rows) {
      const body = JSON.stringify(Array.isArray(rows) ? { rows } : rows);
      const response = await reach(url, `/predict/${encodeURIComponent(pipeline)}`, key, { method: 'POST', body });
      const answer = (await response.json().catch(() => null)) as { error?: { code: string; message: string } } | null;
      if (response.ok && answer) return answer;
      const { code, message } = answer?.error ?? {};
      if (code && message && isOurs(code)) throw new UserError(code, message);
      throw notOurs(url, `status ${response.status}`);
    },
  };
}

/** Calls a prediction server; throws SERVER_UNREACHABLE when none answers. */
export async function reach(url: string, path: string, key: string | undefined, request: RequestInit = {}) {
  const headers = { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  try {
    return await fetch(new URL(path, url), { headers, signal: AbortSignal.timeout(PATIENCE_MS), ...request });
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    throw new UserError(
      'SERVER_UNREACHABLE',
      `The prediction server at ${url} does not answer (${messageOf(cause)}). Start it with "npm start", or name its ` +
        'address with --server http://HOST:PORT.',
      { cause: error },
    );
  }
}

const isOurs = (code: string): code is ErrorCode => (errorCodes as readonly string[]).includes(code);

export const notOurs = (url: string, said: string): UserError =>
  new UserError(
    'SERVER_UNREACHABLE',
    `What answers at ${url} is not a prediction server of Perennial (${said}). Name its address with --server http://HOST:PORT.`,
  );
