using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance.Checks;

/// <summary>Data and models that cannot be used: exit code 3 (4 where the numbers go wrong), one coded error with its place, nothing written.</summary>
internal static class BadInputChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("row-is-no-json", "A line of a row file that is no JSON is named by file and line.", bench => BadRow(bench, "{\"id\": \"x\", \"messages\": [")),
        new("row-of-another-shape", "A line of a row file that lacks its messages is named by file and line.", bench => BadRow(bench, "{\"id\": \"x\", \"text\": \"hello\"}")),
        new("row-without-an-answer", "A row in which nothing is scored is named by file and line.", bench => BadRow(bench, Requests.Line("x", ("user", "hello")).ToJsonString())),
        new("no-rows", "An empty row file ends with 3.", bench => Fails(bench, Execution.BadData, folder => File.WriteAllText(Path.Combine(folder, "train.jsonl"), ""))),
        new("no-model", "A model folder that is not there ends with 3.", bench => Fails(bench, Execution.BadData, _ => { }, request => request["model"] = Path.Combine(bench.Folder(), "none"))),
        new("cut-weights", "Weights that end too early end with 3.", bench => BadModel(bench, Execution.BadData, model =>
        {
            string weights = Path.Combine(model, "model.safetensors");
            File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^100]);
        })),
        new("weights-do-not-fit", "Weights that do not fit config.json end with 3.", bench => BadModel(bench, Execution.BadData, model => ChangeConfig(model, "intermediate_size", 32))),
        new("another-architecture", "An architecture that the worker does not compute ends with 3, not with wrong numbers.", bench => BadModel(bench, Execution.BadData, model => ChangeConfig(model, "model_type", "unheard_of"))),
        new("numbers-go-wrong", "A loss that is no number ends with 4, and nothing is written.", bench => BadModel(bench, Execution.NumericFailure, model =>
        {
            foreach (string file in Directory.GetFiles(model))
            {
                File.Delete(file);
            }

            TinyFolder.Write(model, float.NaN);
        })),
        new("adapter-of-another-model", "An adapter whose tensors have no place in the model ends with 3: it must not be silently left out.", WrongAdapter),
        new("unknown-adapter", "A prompt that names an adapter which the request does not have ends with 3.", bench =>
        {
            string folder = bench.Folder();
            JsonObject prompt = Requests.Line("p", ("user", "hello"));
            prompt["adapter"] = "nobody";
            using Execution run = bench.Complete(Requests.Generate(bench, folder, null, [prompt]), Execution.BadData);
            Expect.That(!File.Exists(Path.Combine(folder, "answers.jsonl")), "answers were written all the same");
        }),
    ];

    private static void BadRow(Workbench bench, string line)
    {
        string folder = bench.Folder(), file = Path.Combine(folder, "train.jsonl");
        using Execution run = Fails(bench, folder, Execution.BadData, _ => File.AppendAllText(file, line + "\n"), _ => { });
        Expect.Equal(file, run.Error.TryGetProperty("file", out JsonElement named) ? named.GetString() : null, "the error's file");
        Expect.Equal(Requests.Rows + 1, run.Error.TryGetProperty("line", out JsonElement at) ? at.GetInt32() : 0, "the error's line");
    }

    private static void BadModel(Workbench bench, int exitCode, Action<string> change)
    {
        string model = bench.Model.CopyTo(Path.Combine(bench.Folder(), "model"));
        change(model);
        Fails(bench, exitCode, _ => { }, request => request["model"] = model);
    }

    private static void Fails(Workbench bench, int exitCode, Action<string> changeFiles, Action<JsonObject>? changeRequest = null)
        => Fails(bench, bench.Folder(), exitCode, changeFiles, changeRequest ?? (_ => { })).Dispose();

    private static Execution Fails(Workbench bench, string folder, int exitCode, Action<string> changeFiles, Action<JsonObject> changeRequest)
    {
        JsonObject request = Requests.Train(bench, folder, "out", Requests.Options());
        changeFiles(folder);
        changeRequest(request);
        Execution run = bench.Complete(request, exitCode);
        Expect.That(!Directory.Exists(Path.Combine(folder, "out")), "a training that failed left an output folder");
        return run;
    }

    private static void WrongAdapter(Workbench bench)
    {
        string folder = bench.Folder(), adapter = Directory.CreateDirectory(Path.Combine(folder, "adapter")).FullName;
        File.Copy(Path.Combine(bench.Adapter(), "adapter_config.json"), Path.Combine(adapter, "adapter_config.json"));
        TensorFile.Write(
            Path.Combine(adapter, "adapter_model.safetensors"),
            [(AdapterOutput.NameA("model.layers.7.self_attn.q_proj"), [Requests.Rank, 5], new float[Requests.Rank * 5]), (AdapterOutput.NameB("model.layers.7.self_attn.q_proj"), [6, Requests.Rank], new float[6 * Requests.Rank])]);
        using Execution run = bench.Complete(Requests.Generate(bench, folder, adapter, Requests.Asked(1)), Execution.BadData);
    }

    private static void ChangeConfig(string model, string name, JsonNode value)
    {
        string path = Path.Combine(model, "config.json");
        JsonNode config = JsonNode.Parse(File.ReadAllText(path))!;
        config[name] = value;
        File.WriteAllText(path, config.ToJsonString());
    }
}
