import { errorCodes, messageOf, UserError, type ErrorCode } from '../../core/base/errors/errors.ts';
import type { LabelProblem } from '../../core/data/labels/sent-labels.ts';
import { LabelsRefused, type PredictionServer } from '../../core/rollout/prediction-server.ts';

interface Refusal {
  error?: { code: string; message: string; problems?: LabelProblem[] };
}

const PATIENCE_MS = 30_000;

export function createPredictionServer({ url, key }: { url: string; key: string | undefined }): PredictionServer {
  async function post(path: string, pipeline: string, sent: unknown, query = ''): Promise<unknown> {
    const request = { method: 'POST', body: JSON.stringify(sent) };
    const response = await reach(url, `${path}/${encodeURIComponent(pipeline)}${query}`, key, request);
    const answer = (await response.json().catch(() => null)) as Refusal | null;
    if (response.ok && answer) return answer;
    const { code, message, problems } = answer?.error ?? {};
    if (message && problems) throw new LabelsRefused(message, problems);
    if (code && message && isOurs(code)) throw new UserError(code, message);
    throw notOurs(url, `status ${response.status}`);
  }
  return {
    url,
    predict: (pipeline, rows, reasons = 0) =>
      post('/predict', pipeline, Array.isArray(rows) ? { rows } : rows, reasons > 0 ? `?reasons=${reasons}` : ''),
    sendLabels: async (pipeline, labels) =>
      (await post('/labels', pipeline, { labels })) as { new: number; same: number },
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
