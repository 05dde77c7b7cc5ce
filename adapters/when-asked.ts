/** What may be made later: its calls answer with promises anyway. */
type Asynchronous<Port> = { [Name in keyof Port]: (...given: never[]) => Promise<unknown> };

/** A port whose adapter is made when it is first called: what it leans on is loaded only by who needs it, and its failure is the call's. */
export function whenAsked<Port extends Asynchronous<Port>>(make: () => Promise<Port>): Port {
  const call =
    (name: keyof Port) =>
    async (...given: never[]) =>
      (await make())[name](...given);
  return new Proxy({} as Port, { get: (_, name) => call(name as keyof Port) });
}
