namespace ModelOps.Runtime;

/// <summary>What was proved when a package's model was opened: the adapter applies, all of it, to the base it was trained on.</summary>
/// <param name="Tensors">Of the adapter; each one has its place in the model, in its shape, and at least one lora_B is not zero. 0 for a whole model.</param>
/// <param name="Parameters">Numbers in the adapter.</param>
/// <param name="BaseDigest">Identity of the base model that package and base agree on.</param>
/// <param name="TemplateDigest">Of the chat template, compared with the file; null where the package says nothing of it.</param>
/// <param name="TokenizerDigest">The same of the tokenizer.</param>
/// <param name="AdapterDigest">Of the adapter's weights as the manifest has it.</param>
/// <param name="FilesVerified">Every file of package and base has the digest that their manifests say.</param>
public sealed record ModelProof(
    int Tensors, long Parameters, string BaseDigest, string? TemplateDigest, string? TokenizerDigest, string? AdapterDigest, bool FilesVerified);
