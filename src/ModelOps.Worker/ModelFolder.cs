using ModelOps.Engine.ChatTemplates;
using ModelOps.Engine.Models;
using ModelOps.Engine.Safetensors;

namespace ModelOps.Worker;

/// <summary>A whole model beside what it needs of the base model's folder.</summary>
internal static class ModelFolder
{
    private static readonly string[] s_companions =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "generation_config.json", "chat_template.jinja", "LICENSE",
    ];

    /// <summary>Writes weights in the base model's own element type, and copies tokenizer, template and licence.</summary>
    /// <param name="merged">An adapter whose update the weights are to hold.</param>
    public static void Save(LlamaModel model, string baseFolder, string folder, LoraAdapter? merged = null, CancellationToken cancellation = default)
    {
        model.Save(folder, FormatOf(baseFolder), merged, cancellation);
        foreach (string name in s_companions)
        {
            string source = Path.Combine(baseFolder, name);
            if (File.Exists(source))
                File.Copy(source, Path.Combine(folder, name));
        }

        string templates = Path.Combine(baseFolder, ChatTemplate.AdditionalFolder);
        if (!Directory.Exists(templates))
            return;
        string copies = Directory.CreateDirectory(Path.Combine(folder, ChatTemplate.AdditionalFolder)).FullName;
        foreach (string source in Directory.GetFiles(templates, "*.jinja"))
            File.Copy(source, Path.Combine(copies, Path.GetFileName(source)));
    }

    private static StorageFormat FormatOf(string folder)
    {
        using var weights = SafetensorsFolder.Open(folder);
        var largest = weights.Tensors.MaxBy(t => t.ElementCount);
        return largest?.Type switch
        {
            SafetensorsType.F32 => StorageFormat.F32,
            SafetensorsType.F16 => StorageFormat.F16,
            _ => StorageFormat.BF16,
        };
    }
}
