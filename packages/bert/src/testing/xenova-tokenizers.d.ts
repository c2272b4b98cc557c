declare module '@xenova/transformers/src/tokenizers.js' {
  export class BertTokenizer {
    constructor(tokenizerJson: object, tokenizerConfig: object);
    encode(text: string): number[];
    readonly model: { readonly tokens_to_ids: Map<string, number> };
  }
}
