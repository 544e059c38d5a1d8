import tseslint from "typescript-eslint";

const banned = [
  ["AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]", "Build nodes from templates: text never becomes markup."],
  ["CallExpression[callee.property.name=/^(insertAdjacentHTML|parseFromString|setHTMLUnsafe)$/]", "Build nodes from templates: text never becomes markup."],
  ["CallExpression[callee.object.name='document'][callee.property.name=/^write/]", "Build nodes from templates: text never becomes markup."],
  ["CallExpression[callee.property.name='setAttribute'][arguments.0.value='style']", "The policy blocks style attributes; set el.style.x."],
  ["NewExpression[callee.name='DOMParser']", "Build nodes from templates: text never becomes markup."],
].map(([selector, message]) => ({ selector, message }));

export default tseslint.config(
  { ignores: ["node_modules", "benchmarks", "static", "var", ".venv", "build.mjs", "eslint.config.mjs", "vitest.config.ts", "**/tests/**/*.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ["**/*.ts"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-syntax": ["error", ...banned],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unnecessary-type-parameters": "off", // one<HTMLInputElement>("#x") says what the page holds
    },
  },
  {
    files: ["**/*.test.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
    },
  },
);
