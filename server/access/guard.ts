import { type Scope } from '../../core/access/scopes.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { isLoopback } from '../protocols/guard/keys.ts';
import { thisMachine, type Caller } from './callers.ts';
import { type KeyRing } from './key-ring.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

/** Finds who sent a request; throws when nobody is known. */
export type FindCaller = (request: FastifyRequest) => Caller;

/**
 * Lets a request through when its caller has the scope that the route declares. Without keys only names of this machine
 * are answered, so that a web page cannot reach in by pointing its own name at 127.0.0.1.
 */
export function guard(app: FastifyInstance, callerOf: FindCaller | null): void {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', (request, reply, done) => {
    try {
      if (callerOf === null) {
        checkHost(request.hostname);
        request.caller = thisMachine;
      } else {
        // An address that is not there needs a key, so that nobody without one can look around.
        const access = request.is404 ? null : request.routeOptions.config.access;
        if (access === 'open') return done();
        request.caller = callerOf(request);
        if (access !== null) {
          const { pipeline, model } = request.params as { pipeline?: string; model?: string };
          checkScope(request.caller, access, `${request.method} ${request.routeOptions.url}`);
          checkPipeline(request.caller, access, pipeline ?? model); // the Open Inference Protocol calls it a model
        }
      }
      done();
    } catch (error) {
      if (error instanceof UserError && error.code === 'KEYS_REQUIRED') void reply.header('www-authenticate', 'Bearer');
      done(error as Error);
    }
  });
}

/** A call that is no HTTP request. */
export interface Call {
  authorization: string | undefined;
  hostname: string;
  /** The method. */
  asked: string;
  /** The pipeline that it names, if any. */
  pipeline: string | undefined;
}

/** The caller of a call for predictions, under the same conditions as at a route. `ring` is null without keys. */
export function admit({ authorization, hostname, asked, pipeline }: Call, ring: KeyRing | null): Caller {
  if (ring === null) {
    checkHost(hostname);
    return thisMachine;
  }
  const caller = callerByKey(authorization, ring);
  checkScope(caller, 'predict', asked);
  checkPipeline(caller, 'predict', pipeline);
  return caller;
}

function checkHost(hostname: string): void {
  if (isLoopback(hostname)) return;
  throw new UserError(
    'KEYS_REQUIRED',
    `Without keys this server answers only to names of its own machine, not to "${hostname}". ` +
      'Use 127.0.0.1, or set PERENNIAL_API_KEYS.',
  );
}

/** The caller by the key in "authorization: Bearer KEY"; throws when there is none. */
export function callerByKey(authorization: string | undefined, ring: KeyRing): Caller {
  const [, sent] = /^Bearer +(.+)$/i.exec(authorization ?? '') ?? [];
  if (sent !== undefined) return ring.open(sent).caller;
  throw new UserError('KEYS_REQUIRED', 'This request needs a key: send the header "authorization: Bearer KEY".');
}

function checkScope({ name, scopes }: Caller, needed: Scope, asked: string): void {
  if (scopes.includes(needed)) return;
  throw new UserError(
    'NOT_PERMITTED',
    `${asked} needs the scope "${needed}"; ${name} has only: ${scopes.join(', ')}. ` +
      'Nothing was done. Ask an administrator for a key with that scope.',
  );
}

/** A key for some pipelines reaches only addresses that name one of them. */
function checkPipeline({ name, pipelines }: Caller, needed: Scope, named: string | undefined): void {
  if (pipelines === null || (needed !== 'predict' && needed !== 'label')) return;
  if (named !== undefined && pipelines.includes(named)) return;
  throw new UserError(
    'NOT_PERMITTED',
    `The key of ${name} is only for: ${pipelines.join(', ')}. Nothing was done. Ask an administrator for another.`,
  );
}
