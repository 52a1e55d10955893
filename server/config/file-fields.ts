/** Fields that name a file, or hold what had better stand in one. A file that cannot be read is a fault like any other. */
import { z } from "zod";
import { readCertificate } from "../core/certificate.ts";
import { asSidecarError } from "../core/errors.ts";
import { absolute } from "../core/files.ts";
import { Secret } from "../core/secret.ts";
import type { ConfigSources } from "./sources.ts";

/** Fields that hold a path and come out as the file's text, so that a file that is missing is told with all other faults. */
export function fileFields({ folder, files }: ConfigSources) {
  const reading = <T>(read: (path: string) => T) =>
    z
      .string()
      .min(1)
      .transform((path, context) => readOr(() => read(absolute(folder, path)), context));
  const anew = <T>(read: (path: string) => T) =>
    reading((path) => {
      read(path);
      return { path, read: () => read(path) };
    });
  const certificate = (path: string): string => {
    const pem = files.read(path);
    readCertificate(path, pem);
    return pem;
  };
  return {
    certificate: reading(certificate),
    secret: reading((path) => files.readSecret(path)),
    /** Read later, and again. */
    anew: {
      certificate: anew(certificate),
      secret: anew((path) => files.readSecret(path)),
      text: anew((path) => files.read(path)),
    },
  };
}

/** What cannot be read is a fault of its key. */
export function readOr<T>(read: () => T, context: z.RefinementCtx, path: string[] = []): T {
  try {
    return read();
  } catch (error) {
    const { message, remedy } = asSidecarError(error);
    context.addIssue({ code: "custom", path, message: `${message} ${remedy}` });
    return z.NEVER;
  }
}

export function inlineSecret({ inlineSecrets }: ConfigSources) {
  return z
    .string()
    .min(1)
    .refine(
      () => inlineSecrets,
      "A secret may stand in the config only when it is read from stdin; name a file instead.",
    )
    .transform((text) => new Secret(text));
}
