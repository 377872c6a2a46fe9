using System.Text.Json;
using System.Text.Json.Nodes;

namespace ModelOps.Conformance.Checks;

/// <summary>The other verbs. <c>inspect</c> is needed by every build; the rest serves people and projects that stand on each other.</summary>
internal static class VerbChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("inspect", "The result tells architecture, parameters, and the tokens of rows.", Inspect),
        new("tokenize", "Text becomes the tokenizer's ids, and comes back.", Tokenize),
        new("render", "A conversation is rendered as the template says.", bench =>
        {
            JsonElement line = People(bench, "render", Requests.Answered(0, 1))[0];
            Expect.Equal("<|im_start|>user\nquestion 0<|im_end|>\n<|im_start|>assistant\nyes, 0<|im_end|>\n", line.GetProperty("text").GetString(), "the rendered text");
        }),
        new("mask", "What training scores is the assistant's words and the end of its turn.", bench =>
        {
            JsonElement line = People(bench, "mask", [Requests.Line("m", [("system", "be short"), .. Requests.Messages(1)])])[0];
            var (tokens, scored) = ByteTokens.Render([("system", "be short"), .. Requests.Messages(1)]);
            Expect.That(line.GetProperty("ids").EnumerateArray().Select(t => t.GetInt32()).SequenceEqual(tokens), "the ids are not those of the rendered text");
            Expect.That(line.GetProperty("mask").EnumerateArray().Select(m => m.GetInt32() == 1).SequenceEqual(scored), "the mask is not that of the assistant's words");
        }),
        new("merge", "A merged model answers as the model with its adapter.", Merge),
    ];

    private static void Inspect(Workbench bench)
    {
        string folder = bench.Folder();
        using Execution run = bench.Complete(Requests.Of(
            bench, "inspect", ("adapter", null), ("targetModules", new JsonArray("q_proj")), ("rows", bench.Lines(folder, "rows.jsonl", Requests.Answered(0, Requests.Rows))), ("maxSequenceLength", 40)));
        int[] lengths = [.. Enumerable.Range(0, Requests.Rows).Select(i => ByteTokens.Render(Requests.Messages(i)).Tokens.Length)];
        Expect.Equal("llama", run.Result.GetProperty("architecture").GetString(), "architecture");
        Expect.Equal(bench.Model.ParameterCount, run.Result.GetProperty("parameters").GetInt64(), "parameters");
        Expect.Equal(lengths.Length, run.Result.GetProperty("rows").GetInt32(), "rows");
        Expect.Equal(lengths.Sum(), run.Result.GetProperty("tokens").GetInt32(), "tokens");
        Expect.Equal(lengths.Max(), run.Result.GetProperty("longestRow").GetInt32(), "longestRow");
        Expect.Equal(lengths.Count(l => l > 40), run.Result.GetProperty("cutRows").GetInt32(), "cutRows");
    }

    private static void Tokenize(Workbench bench)
    {
        const string text = "Grüße, <|im_end|> 世界\n";
        JsonElement line = People(bench, "tokenize", [new JsonObject { ["text"] = text }])[0];
        int[] expected = [.. ByteTokens.Of("Grüße, "), ByteTokens.EndOfTurn, .. ByteTokens.Of(" 世界\n")];
        Expect.That(line.GetProperty("ids").EnumerateArray().Select(t => t.GetInt32()).SequenceEqual(expected), "the ids are not those of the bytes");
        Expect.Equal(text, line.GetProperty("decoded").GetString(), "the decoded text");
    }

    private static void Merge(Workbench bench)
    {
        string folder = bench.Folder(), output = Path.Combine(folder, "merged");
        using Execution run = bench.CompleteIfOffered(Requests.Of(bench, "merge", ("adapter", bench.Adapter()), ("output", output)), "merge");
        Dictionary<string, Tensor> merged = TensorFile.Read(Path.Combine(output, "model.safetensors"));
        AdapterOutput adapter = AdapterOutput.Read(bench.Adapter(), Requests.Rank, Requests.Alpha, Requests.Targets);
        Expect.Near(
            TrainingChecks.Loss(new ReferenceDecoder(bench.Model.Weights, adapter), 0, 1, 2), TrainingChecks.Loss(new ReferenceDecoder(merged), 0, 1, 2), bench.Tolerance, "the loss of the merged model");
    }

    private static JsonElement[] People(Workbench bench, string verb, IEnumerable<JsonObject> lines)
    {
        string folder = bench.Folder(), output = Path.Combine(folder, "out.jsonl");
        using Execution run = bench.CompleteIfOffered(Requests.Of(bench, verb, ("input", bench.Lines(folder, "in.jsonl", lines)), ("output", output)), verb);
        return [.. File.ReadLines(output).Select(l => JsonElement.Parse(l))];
    }
}
