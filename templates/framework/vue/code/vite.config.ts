import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

import { base } from "./vite.base.ts";

export default defineConfig({ ...base, plugins: [vue()] });
