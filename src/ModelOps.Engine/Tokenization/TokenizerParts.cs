namespace ModelOps.Engine.Tokenization;

/// <summary>The components of a tokenizer in the order in which a text meets them.</summary>
internal sealed record TokenizerParts(
    IReadOnlyList<AddedToken> AddedTokens,
    AddedTokenFinder RawTokens,
    Normalizer? Normalizer,
    AddedTokenFinder NormalizedTokens,
    IReadOnlyList<PreTokenizer> PreTokenizers,
    BytePairModel Model,
    PostProcessor PostProcessor,
    TokenDecoder? Decoder,
    Dictionary<string, int> Vocabulary,
    bool ByteFallback,
    bool EncodesPartsAlike);
