using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Core.Fingerprinting;

/// <summary>What a base model is, by content: weights, tokenizer, chat template and the part of the configuration that decides the arithmetic.</summary>
/// <param name="Digest">Of all of it.</param>
/// <param name="Weights">Over the digests of the weight files, in the order of their names.</param>
/// <param name="Tokenizer">Of <c>tokenizer.json</c> and the special tokens of <c>tokenizer_config.json</c>.</param>
/// <param name="ChatTemplate">Of the template's text.</param>
/// <param name="Architecture">The fields of <c>config.json</c> and <c>generation_config.json</c> that count.</param>
/// <param name="Files">Every file that was looked at, full paths: what a build has to watch.</param>
public sealed record BaseModelIdentity(
    Digest Digest, Digest Weights, Digest Tokenizer, Digest ChatTemplate, KeyFields Architecture, IReadOnlyList<string> Files)
{
    /// <summary>The fields for an action key.</summary>
    public KeyFields ToFields() => new KeyFields()
        .Add("architecture", Architecture)
        .Add("chatTemplate", ChatTemplate)
        .Add("tokenizer", Tokenizer)
        .Add("weights", Weights);

    /// <summary>A model that only a provider has: nothing of it can be looked at, so its name there is all that it is.</summary>
    public static BaseModelIdentity Elsewhere(string provider, string model)
    {
        KeyFields name = new KeyFields().Add("model_type", provider).Add("model", model);
        Digest digest = Digest.Of(name.ToCanonicalJson());
        return new BaseModelIdentity(digest, digest, digest, digest, name, []);
    }

    /// <param name="folder">A model folder in Hugging Face layout.</param>
    /// <param name="fileDigest">Digest of a file; a caller with a cache brings its own.</param>
    /// <exception cref="DiagnosticException">A part is missing or unusable.</exception>
    public static BaseModelIdentity Compute(string folder, Func<string, Digest>? fileDigest = null)
        => new BaseModelFolder(folder, fileDigest ?? Digest.OfFile).Identify();

    /// <summary>Template and tokenizer alone, without reading the weights: what can be looked at each time a model is opened.</summary>
    /// <param name="fileDigest">Digest of a file; a caller with a cache brings its own.</param>
    /// <exception cref="DiagnosticException">A part is missing or unusable.</exception>
    public static (Digest Tokenizer, Digest ChatTemplate) ComputeText(string folder, Func<string, Digest>? fileDigest = null)
        => new BaseModelFolder(folder, fileDigest ?? Digest.OfFile).IdentifyText();
}
