import { aRow } from './fakes.ts';
import { Agent, request } from 'node:http';

/** As long as a client would wait, and far longer than an answer takes on a busy machine. */
const PATIENCE_MS = 30_000;

/** What became of the requests of a load. */
export interface Outcome {
  /** Ids of the predictions that were answered. */
  ids: string[];
  versions: Set<number>;
  /** Requests that reached the server and got something else than a prediction. */
  failed: string[];
  /** Connections that nobody accepted: a balancer asks another server. */
  refused: number;
}

export interface Load extends Outcome {
  /** Lets the requests under way end, and sends no more. */
  stop(): Promise<Outcome>;
}

/**
 * Asks for predictions over so many connections at once, as fast as they are answered. `leaves`: a client that is told
 * to close its connection asks this server no more, as behind a balancer.
 */
export function load(address: string, connections: number, { leaves = false } = {}): Load {
  const outcome: Outcome = { ids: [], versions: new Set(), failed: [], refused: 0 };
  let stopped = false;

  /** Whether to go on asking. */
  async function ask(agent: Agent): Promise<boolean> {
    try {
      const { status, text, closes } = await post(`${address}/predict/fraud`, JSON.stringify(aRow()), agent);
      if (status !== 200) outcome.failed.push(`${status} ${text}`);
      if (status !== 200) return true;
      const { id, version } = JSON.parse(text) as { id: string; version: number };
      outcome.ids.push(id);
      outcome.versions.add(version);
      return !(leaves && closes);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED') outcome.refused++;
      else outcome.failed.push(code ?? message);
      return true;
    }
  }

  const clients = Array.from({ length: connections }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!stopped && (await ask(agent)));
    agent.destroy();
  });
  return Object.assign(outcome, {
    async stop() {
      stopped = true;
      await Promise.all(clients);
      return outcome;
    },
  });
}

function post(url: string, body: string, agent: Agent): Promise<{ status: number; text: string; closes: boolean }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode!, text, closes: response.headers.connection === 'close' }),
      );
    });
    call.on('error', reject);
    // A connection that was being handed to a process when it was killed is never answered.
    call.setTimeout(PATIENCE_MS, () => call.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    call.end(body);
  });
}
