using ModelOps.Engine.Models;

namespace ModelOps.Worker.Tests;

/// <summary>A Hugging Face folder with random weights, a real small tokenizer and a ChatML template; made once.</summary>
public sealed class TinyModel : IDisposable
{
    private const string Template =
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    public TinyModel()
    {
        var config = new LlamaConfig
        {
            HiddenSize = 32, LayerCount = 2, HeadCount = 4, KeyValueHeadCount = 2, HeadSize = 8, IntermediateSize = 64, VocabularySize = 448,
            MaxPositions = 256, TieWordEmbeddings = true,
        };
        using var model = LlamaModel.CreateRandom(config, seed: 7);
        model.Save(Folder, StorageFormat.F32);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "tokenizer.json"), Path.Combine(Folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(Folder, "chat_template.jinja"), Template);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("worker-model-").FullName;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
