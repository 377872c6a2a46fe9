using ModelOps.Core.Diagnostics;
using static ModelOps.Core.Diagnostics.Diagnostic;

namespace ModelOps.Core.Fingerprinting;

/// <summary>Diagnostics of identity, MOPS2001–2029: one method per situation.</summary>
public static class FingerprintErrors
{
    public static Diagnostic NoModelFolder(string folder)
        => Error("MOPS2001", "The base model folder does not exist; expected a folder in Hugging Face layout (config.json, tokenizer.json, *.safetensors). Check <BaseModel>.", new SourceLocation(folder));

    public static Diagnostic NoConfig(string folder)
        => Error("MOPS2002", "The base model folder has no config.json; expected the one that belongs to the weights (Hugging Face layout).", new SourceLocation(folder));

    public static Diagnostic InvalidConfig(SourceLocation at, string detail)
        => Error("MOPS2003", $"The file cannot be used: {ForeignText.Clean(detail)}. Expected the JSON object that was published with the model; download it again.", at);

    public static Diagnostic NoTokenizer(string folder)
        => Error("MOPS2004", "The base model folder has no tokenizer.json; expected the fast tokenizer's file. With only tokenizer.model or vocab files at hand, load the tokenizer in Transformers and call save_pretrained.", new SourceLocation(folder));

    public static Diagnostic NoWeights(string folder)
        => Error("MOPS2005", "The base model folder has no weights; expected model.safetensors, or model.safetensors.index.json with its parts. Weights in another format (pytorch_model.bin, GGUF) must be converted first.", new SourceLocation(folder));

    public static Diagnostic NoChatTemplate(string folder)
        => Error("MOPS2006", "The base model has no chat template; expected chat_template.jinja, or 'chat_template' in tokenizer_config.json. Take it from the model's instruct version, or write the one that it was trained with.", new SourceLocation(folder));

    public static Diagnostic MissingShard(SourceLocation index, string shard)
        => Error("MOPS2007", $"The index names '{ForeignText.Clean(shard)}', and the folder has no such file; expected every part of the weights. Download the missing part.", index);

    public static Diagnostic LfsPointer(string file)
        => Error("MOPS2008", "The file is a Git LFS pointer, not the model. Run 'git lfs pull' (in CI: check out with LFS).", new SourceLocation(file));

    public static Diagnostic Unreadable(string file, string detail)
        => Error("MOPS2009", $"The base model's file cannot be read: {ForeignText.Clean(detail)}", new SourceLocation(file));

    public static Diagnostic FingerprintUnusable(SourceLocation at, string detail)
        => Warning("MOPS2010", $"The earlier fingerprint cannot be used ({detail}), so the build cannot say what changed since. It is written again.", at);
}
