import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { base } from "./vite.base.ts";

export default defineConfig({ ...base, plugins: [react()] });
