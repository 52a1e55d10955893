/** A Dataverse environment as a function of requests, without sockets. */
import { answerControl } from "./control.ts";
import type { Answer, WebRequest } from "./http.ts";
import { pathOf } from "./http.ts";
import { answerApi } from "./web-api.ts";
import type { EmulatorOptions } from "./world.ts";
import { World } from "./world.ts";

export class Emulator extends World {
  /** Never rejects for what a client sent; a rejection is a fault of the emulator. */
  async handle(request: WebRequest): Promise<Answer> {
    return pathOf(request.url).startsWith("/__emulator__/")
      ? answerControl(this, request)
      : await answerApi(this, request);
  }
}

export function createEmulator(options: EmulatorOptions = {}): Emulator {
  return new Emulator(options);
}
