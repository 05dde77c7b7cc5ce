import type { GrpcParts, GrpcServer } from './grpc.ts';

/** The gRPC server, whose libraries are loaded when it is to listen: most servers have no port for it. */
export function createGrpcPort(parts: GrpcParts): GrpcServer {
  let server: GrpcServer | undefined;
  return {
    async listen(host, port) {
      const { createGrpcServer } = await import('./grpc.ts');
      server = createGrpcServer(parts);
      return server.listen(host, port);
    },
    close: async () => server?.close(),
  };
}
