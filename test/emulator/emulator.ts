/** A Dataverse environment as a function of requests, without sockets. */
import { elsewherePath } from "./faults/elsewhere.ts";
import { answerControl } from "./wire/control.ts";
import type { Answer, WebRequest } from "./wire/http.ts";
import { pathOf } from "./wire/http.ts";
import { answerApi } from "./wire/web-api.ts";
import type { EmulatorOptions } from "./world.ts";
import { World } from "./world.ts";

export class Emulator extends World {
  /** Never rejects for what a client sent; a rejection is a fault of the emulator. */
  async handle(request: WebRequest): Promise<Answer> {
    const path = pathOf(request.url);
    if (path.startsWith("/__emulator__/")) {
      return answerControl(this, request);
    }
    if (this.network.isDown) {
      return { reset: true };
    }
    return path.startsWith(elsewherePath) ? this.elsewhere.answer(request) : await answerApi(this, request);
  }
}

export function createEmulator(options: EmulatorOptions = {}): Emulator {
  return new Emulator(options);
}
