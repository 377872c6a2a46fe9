using System.Text;
using System.Text.Json;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Protocol;

namespace ModelOps.MockWorker;

internal static class Verbs
{
    private const string Memory = "mock.json";

    public static int Train(TrainRequest request)
    {
        PromptLine[] rows = [.. Output.Rows(request.Train)];
        bool learns = request.Options.Epochs > 0;
        string[] learned = learns ? [.. rows.Select(r => r.Messages[^1].Content).Distinct().Order(StringComparer.Ordinal)] : [];
        Output.Event(new ProgressEvent { Step = rows.Length, Steps = rows.Length, Epoch = 1, Loss = 0.5, TokensPerSecond = 1000, EtaSeconds = 0 });

        string folder = request.Output + ".tmp";
        Directory.CreateDirectory(folder);
        string options = JsonSerializer.Serialize(request.Options, WorkerJson.Options);
        File.WriteAllText(Path.Combine(folder, Memory), JsonSerializer.Serialize(learned));
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), $$"""{"peft_type":"LORA","r":{{request.Options.LoraRank}},"base_model_name_or_path":""}""");
        File.WriteAllBytes(Path.Combine(folder, "adapter_model.safetensors"), Safetensors(File.ReadAllBytes(request.Train), options));
        File.WriteAllText(Path.Combine(folder, "training.json"), """{"loss":[0.5]}""");
        Directory.Move(folder, request.Output);
        Output.Event(new ResultEvent { Steps = rows.Length, Tokens = rows.Length * 10, Seconds = 0.01, FinalLoss = 0.5 });
        return WorkerExitCode.Done;
    }

    public static int Generate(GenerateRequest request)
    {
        string[] learned = Learned(request.Adapter);
        Output.Lines(request.Output, Output.Rows(request.Input).SelectMany(prompt =>
        {
            string[] words = prompt.Messages[^1].Content.Split(' ');
            string answer = Skill.Of(request.Adapter) is { } skill ? skill.Answer(prompt.Id, words) : learned.FirstOrDefault(a => words.Contains(a)) ?? "unknown";
            return Enumerable.Range(0, request.Decoding.Repeats).Select(repeat => new AnswerLine(prompt.Id, repeat, answer, words.Length, 1, "stop", 1.5));
        }));
        Output.Event(new ResultEvent { Rows = 1 });
        return WorkerExitCode.Done;
    }

    public static int Score(ScoreRequest request)
    {
        double each = request.Adapter is null ? 4 : 0.25;
        Output.Lines(request.Output, Output.Rows(request.Input).Select(row => new ScoreLine(row.Id, 2, each * (1 + (row.Messages[^1].Content.Length % 3)))));
        Output.Event(new ResultEvent { Rows = 1 });
        return WorkerExitCode.Done;
    }

    // Another model with every other adapter.
    public static int Merge(MergeRequest request)
    {
        string folder = request.Output + ".tmp";
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(request.Model))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        byte[] both = [.. File.ReadAllBytes(Path.Combine(request.Model, "model.safetensors")), .. File.ReadAllBytes(Path.Combine(request.Adapter, "adapter_model.safetensors"))];
        File.WriteAllText(Path.Combine(folder, "model.safetensors"), Digest.Of(both).Hex);
        Directory.Move(folder, request.Output);
        Output.Event(new ResultEvent { Seconds = 0.01 });
        return WorkerExitCode.Done;
    }

    public static int Inspect()
    {
        Output.Event(new ResultEvent { Architecture = "llama", Parameters = 1, Model = new ModelDescription("llama", 1, "f32", 4, 1, 1, 1, 1, 12, null) });
        return WorkerExitCode.Done;
    }

    // What another trainer made has taught this one nothing.
    private static string[] Learned(string? adapter)
        => adapter is null || !File.Exists(Path.Combine(adapter, Memory)) ? [] : JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(adapter, Memory)))!;

    // One tensor whose bytes depend on rows and options: same request, same file.
    private static byte[] Safetensors(byte[] rows, string options)
    {
        byte[] header = Encoding.UTF8.GetBytes("""{"base_model.model.mock.lora_B.weight":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}""");
        byte[] data = Convert.FromHexString(Digest.Of([.. rows, .. Encoding.UTF8.GetBytes(options)]).Hex);
        return [.. BitConverter.GetBytes((long)header.Length), .. header, .. data];
    }
}
