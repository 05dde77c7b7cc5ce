import { SECOND } from '../../../core/time/time.ts';
import { letTakeTime } from '../limits/connections.ts';
import { RequestProblem } from '../errors.ts';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Readable } from 'node:stream';

/**
 * A body that is answered while it arrives is as slow as its answers, and a large file as its line: so not the whole of
 * it has to arrive in time, but something always.
 */
export function arriving(request: FastifyRequest, reply: FastifyReply, silentMs: number): AsyncIterable<Uint8Array> {
  letTakeTime(request.raw, reply.raw, silentMs);
  return unlessSilent(request.body as Readable, silentMs);
}

async function* unlessSilent(body: Readable, silentMs: number): AsyncGenerator<Uint8Array> {
  // It is not destroyed when nobody reads on: its connection still has to bring the answer.
  const parts = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = parts.next();
      next.catch(() => undefined);
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Silent(silentMs)), silentMs);
      });
      const { done, value } = await Promise.race([next, silence]).finally(() => clearTimeout(timer));
      if (done) return;
      yield value;
    }
  } finally {
    void parts.return?.(); // what is left flows away, so that the connection can end
  }
}

class Silent extends RequestProblem {
  override readonly status: number = 408;
  constructor(silentMs: number) {
    super(`Nothing of the file arrived for ${silentMs / SECOND} s. Send it again from here.`);
  }
}
