using System.Text.Json.Nodes;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Engine.Models;

namespace ModelOps.Benchmarks;

/// <summary>What lies beside an app: a base of 135M bf16 parameters with a tokenizer of its full vocabulary, and two adapters (rank 8, every linear layer) on it.</summary>
internal static class RuntimePackages
{
    public const int NewTokens = 64;
    private const string Base = "BaseModel.smol135m";
    private static string? s_root;

    public static string Adapter(int number) => Path.Combine(Root(), $"Contoso.Adapter{number}");

    public static string BaseFolder => Path.Combine(Root(), Base);

    private static string Root()
    {
        if (s_root is null)
        {
            string root = Path.Combine(Scratch.Folder, "models");
            EngineProcess.Run("write-packages", EngineModels.Folder("smol135m"), root);
            s_root = root;
        }

        return s_root;
    }

    /// <summary><c>write-packages MODEL ROOT</c></summary>
    public static Dictionary<string, double> Write(string[] arguments)
    {
        (string model, string root) = (arguments[0], arguments[1]);
        string folder = Path.Combine(root, Base), tiny = Path.Combine(AppContext.BaseDirectory, "tiny-base");
        Directory.CreateDirectory(folder);
        Array.ForEach(Directory.GetFiles(model).Where(file => Path.GetFileName(file) != "tokenizer.json").ToArray(), file => AtomicFile.Keep(file, Path.Combine(folder, Path.GetFileName(file))));
        foreach (string name in new[] { "tokenizer_config.json", "special_tokens_map.json", "generation_config.json" })
        {
            File.Copy(Path.Combine(tiny, name), Path.Combine(folder, name));
        }

        LlamaConfig config = LlamaConfig.Load(folder);
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), Tokenizer(Path.Combine(tiny, "tokenizer.json"), config.VocabularySize));
        string digest = BaseModelIdentity.Compute(folder).Digest.ToString();
        Write(folder, new ModelManifest { Id = Base, Version = "1.0.1", Kind = ModelManifest.BaseKind, BaseDigest = digest, Files = Payload(folder) });
        for (int number = 1; number <= 2; number++)
        {
            WriteAdapter(Path.Combine(root, $"Contoso.Adapter{number}"), number, config, digest);
        }

        return [];
    }

    private static unsafe void WriteAdapter(string folder, int number, LlamaConfig config, string digest)
    {
        using LoraAdapter adapter = LoraAdapter.Create(config, new LoraConfig { Rank = 8, Alpha = 16, TargetModules = [.. LlamaWeightNames.LinearModules] }, (ulong)number);
        foreach (var parameter in adapter.Parameters.All)
        {
            for (long i = 0; i < parameter.Length && parameter.Value[0] == 0; i++)
            {
                parameter.Value[parameter.Length - 1 - i] = 0.01f * MathF.ReciprocalEstimate(1 + ((i * 7) % 13));
            }
        }

        adapter.Save(folder);
        Write(folder, new ModelManifest
        {
            Id = Path.GetFileName(folder), Version = "1.0.0", Kind = ModelManifest.AdapterKind, Method = "lora", BaseDigest = digest, Base = new PackageIdentity(Base, "1.0.1"),
            Decoding = new DecodingOptions { MaxNewTokens = NewTokens }, Files = Payload(folder),
        });
    }

    /// <summary>The sample's tokenizer, grown to a full vocabulary: new tokens join two older ones.</summary>
    private static string Tokenizer(string tiny, int size)
    {
        JsonNode json = JsonNode.Parse(File.ReadAllText(tiny))!;
        JsonObject vocabulary = json["model"]!["vocab"]!.AsObject();
        JsonArray merges = json["model"]!["merges"]!.AsArray();
        bool pairs = merges[0] is JsonArray;
        List<string> tokens = [.. vocabulary.Select(entry => entry.Key)];
        HashSet<int> taken = [.. vocabulary.Select(entry => (int)entry.Value!), .. json["added_tokens"]!.AsArray().Select(token => (int)token!["id"]!)];
        var random = new Random(1);
        for (int id = 0; id < size; id++)
        {
            if (!taken.Add(id))
            {
                continue;
            }

            string left, right;
            do
            {
                (left, right) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
            }
            while (left.Length + right.Length > 12 || vocabulary.ContainsKey(left + right));
            vocabulary.Add(left + right, id);
            merges.Add(pairs ? new JsonArray(left, right) : JsonValue.Create($"{left} {right}"));
            tokens.Add(left + right);
        }

        return json.ToJsonString();
    }

    private static IReadOnlyList<PackagedFile> Payload(string folder)
        => [.. PackagedFile.Describe(folder).Select(file => file with { Path = "model/" + file.Path })];

    private static void Write(string folder, ModelManifest manifest) => File.WriteAllBytes(Path.Combine(folder, ModelManifest.FileName), manifest.ToBytes());
}
