import { actorWith, scopes, type Scope } from '../../core/access/scopes.ts';
import { type Actor, type Way } from '../../core/access/actor.ts';
import { type FastifyRequest } from 'fastify';

/** Who sent a request: a key's holder, a person who signed in, or this machine. */
export interface Caller {
  /** What its requests are counted by; null: by its address. */
  id: string | null;
  /** In the audit; null: the way of the request, since nothing else is known. */
  name: string | null;
  scopes: readonly Scope[];
  /** The pipelines that it predicts for and labels; null: all. */
  pipelines: readonly string[] | null;
  /** How many requests it may send in a minute; null: as many as the setting says. */
  perMinute: number | null;
}

/** Any user of this machine, where no keys are set. */
export const thisMachine: Caller = { id: null, name: null, scopes, pipelines: null, perMinute: null };

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on a route that is open to everybody. */
    caller: Caller | null;
  }
}

/** The actor of a request to operations; at an open route it may only read. */
export const actorOf = ({ caller }: FastifyRequest, way: Extract<Way, 'console' | 'api'>): Actor =>
  actorWith(caller?.scopes ?? [], caller?.name ?? way, way);
