using System.Text.Json;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Core.Protocol;
using ModelOps.Pipeline.Configuration;
using ModelOps.Pipeline.Files;
using ModelOps.Pipeline.Workers;

namespace ModelOps.Pipeline.Tests.Resolving;

/// <summary>What a project makes of another one's model, with a worker in this process.</summary>
public sealed class ResolveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _ran = [];
    private readonly TestLog _log = new();
    private readonly Dictionary<string, string> _known = [];
    private Func<PromptLine, (string Text, string Finish)> _answer = prompt => ($"answer to {prompt.Messages[^1].Content}", "stop");

    public ResolveTests()
    {
        foreach ((string file, string text) in new[]
        {
            ("base/config.json", """{"model_type":"llama"}"""), ("base/tokenizer.json", "{}"), ("base/chat_template.jinja", "{{ messages }}"), ("base/model.safetensors", "weights"), ("base/LICENSE", "MIT"),
            ("First/obj/modelops/adapter/adapter_config.json", "{}"), ("First/obj/modelops/adapter/adapter_model.safetensors", "adapter"), ("First/obj/modelops/adapter/training.json", "{}"),
            ("Second/Second.csproj", "<Project />"), ("Second/asked.jsonl", "{\"prompt\":\"one\"}\n{\"prompt\":\"two\"}\n"),
        })
        {
            _folder.Write(file, text);
        }

        Train("1");
        Pass();
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Whatever goes into the merged weights or lies beside them makes another model; training anew to the same bytes does not.</summary>
    [Theory]
    [InlineData("base/config.json", """{"model_type":"llama","hidden_size":8}""", true)]
    [InlineData("base/tokenizer.json", """{"a":1}""", true)]
    [InlineData("base/chat_template.jinja", "{{ m }}", true)]
    [InlineData("base/model.safetensors", "weight5", true)]
    [InlineData("base/LICENSE", "another", true)]
    [InlineData("First/obj/modelops/adapter/adapter_config.json", """{"r":8}""", true)]
    [InlineData("First/obj/modelops/adapter/adapter_model.safetensors", "adapteR", true)]
    [InlineData("First/obj/modelops/adapter/training.json", """{"loss":1}""", false)]
    public void A_base_model_is_merged_once_for_each_content(string file, string text, bool another)
    {
        string first = Merge(), again = Merge();
        _folder.Write(file, text);
        Train("2");
        string changed = Merge();

        Assert.Equal(first, again);
        Assert.Equal(another, first != changed);
        Assert.Equal(another ? ["merge", "merge"] : new[] { "merge" }, _ran);
        if (another)
        {
            Assert.Contains("the model of project First changed", _log.Messages[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Another_project_takes_the_merged_model_from_the_store()
    {
        Merge();
        string weights = File.ReadAllText(_folder["Second/obj/modelops/resolved/base/model.safetensors"]);
        Directory.Delete(_folder["Second/obj"], recursive: true);
        _known.Clear();
        Merge();

        Assert.Equal(["merge"], _ran);
        Assert.Equal(weights, File.ReadAllText(_folder["Second/obj/modelops/resolved/base/model.safetensors"]));
        Assert.Contains("base model restored from project First", _log.Messages[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Only_prompts_that_are_new_are_asked_and_what_is_no_whole_answer_is_left_out()
    {
        Resolve(TrainingData());
        _folder.Write("Second/asked.jsonl", "{\"prompt\":\"two\"}\r\n\n{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"three\"}]}\n{\"prompt\":\"four\"}\n{\"prompt\":\"two\"}");
        _answer = prompt => prompt.Messages[^1].Content == "four" ? ("it goes on and", "length") : (" ", "stop");
        Resolve(TrainingData());
        string[] rows = File.ReadAllLines(_folder["Second/obj/modelops/resolved/rows/First.jsonl"]);

        Assert.Equal(["generate one two", "generate three four"], _ran);
        Assert.Equal("""{"messages":[{"role":"user","content":"two"},{"role":"assistant","content":"answer to two"}]}""", Assert.Single(rows));
        Diagnostic warning = Assert.Single(_log.Diagnostics);
        Assert.Equal("MOPS1062", warning.Code);
        Assert.StartsWith("2 of 3 answers of the project 'First' are not learned: 1 were cut", warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MaxNewTokens", "7")]
    [InlineData("RepetitionPenalty", "1.5")]
    public void Another_decoding_of_the_teacher_asks_again(string setting, string value)
    {
        Resolve(TrainingData());
        Resolve(TrainingData());
        ModelReference other = TrainingData();
        Resolve(other with { Settings = new Dictionary<string, string>(other.Settings) { [setting] = value } });

        Assert.Equal(["generate one two", "generate one two"], _ran);
        Assert.Contains("prompts or decoding changed", _log.Messages[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_whose_gate_was_not_passed_or_that_was_changed_since_is_not_used()
    {
        File.Delete(_folder["First/obj/modelops/receipts/Gate"]);
        Assert.Equal("MOPS2064", Assert.Throws<DiagnosticException>(Merge).Diagnostic.Code);
        Pass();
        _folder.Write("First/obj/modelops/adapter/adapter_model.safetensors", "changed by hand");
        Assert.Equal("MOPS2064", Assert.Throws<DiagnosticException>(Merge).Diagnostic.Code);
        Assert.Empty(_ran);
    }

    [Fact]
    public void A_model_that_stays_at_a_provider_can_be_neither_merged_nor_asked_here()
    {
        File.WriteAllBytes(_folder["First/obj/modelops/adapter/tuned.json"], new TunedModel("openai", "https://api.openai.com/v1", "ft:1", "gpt-x", "OPENAI_API_KEY", "max_tokens").ToBytes());
        Train("3");

        Assert.Equal("MOPS3132", Assert.Throws<DiagnosticException>(Merge).Diagnostic.Code);
        Assert.Equal("MOPS3132", Assert.Throws<DiagnosticException>(() => Resolve(TrainingData())).Diagnostic.Code);
        Assert.Empty(_ran);
    }

    [Fact]
    public void Answers_of_an_unsigned_model_live_apart()
    {
        Resolve(TrainingData() with { Unsigned = "feed" });
        Assert.False(Directory.Exists(_folder["store/answers"]));
        Assert.True(Directory.Exists(_folder["store/unsigned/answers"]));
    }

    private string Merge()
    {
        Resolve(Reference("BaseModel", "base"));
        return _known["basemodel First"];
    }

    private void Resolve(ModelReference reference)
    {
        ProjectInputs inputs = TestInputs.Of(_folder["Second/Second.csproj"]) with { References = [reference] };
        if (reference.IsBaseModel)
        {
            inputs = inputs with { Settings = new Dictionary<string, string>(inputs.Settings) { [Names.BaseModel] = reference.Output } };
        }

        var files = new StageFiles(_folder["Second/obj/modelops"]);
        Directory.CreateDirectory(files.Work);
        var worker = new WorkerHost("none", "dotnet", files.Work) { InProcess = Answer };
        ResolveResult result = Pipeline.Resolve.Run(new ResolveRequest(inputs, files, worker, _folder["store"], fact => _known.GetValueOrDefault(fact)), _log, CancellationToken.None)!;
        Assert.All(result.Written, file => Assert.True(File.Exists(file)));
        foreach ((string fact, string value) in result.Facts)
        {
            _known[fact] = value;
        }
    }

    private ModelReference TrainingData() => Reference("TrainingData", "rows/First.jsonl") with { Prompts = [_folder["Second/asked.jsonl"]] };

    private ModelReference Reference(string use, string output) => new()
    {
        Use = use,
        ProjectFile = _folder["First/First.csproj"],
        Directory = _folder["First/obj/modelops"],
        BaseModelDirectory = _folder["base"],
        Settings = new Dictionary<string, string> { [Names.FineTuneMethod] = "lora", [Names.MaxNewTokens] = "16", [Names.RepetitionPenalty] = "1" },
        Output = _folder[$"Second/obj/modelops/resolved/{output}"],
    };

    private WorkerRun Answer(WorkerRequest request)
    {
        if (request is MergeRequest merge)
        {
            _ran.Add("merge");
            Directory.CreateDirectory(merge.Output);
            foreach (string file in Directory.GetFiles(merge.Model))
            {
                File.Copy(file, Path.Combine(merge.Output, Path.GetFileName(file)));
            }

            File.AppendAllText(Path.Combine(merge.Output, "model.safetensors"), File.ReadAllText(Path.Combine(merge.Adapter, "adapter_model.safetensors")));
        }
        else if (request is GenerateRequest generate)
        {
            PromptLine[] prompts = [.. File.ReadLines(generate.Input).Select(l => JsonSerializer.Deserialize<PromptLine>(l, WorkerJson.Options)!)];
            _ran.Add($"generate {string.Join(' ', prompts.Select(p => p.Messages[^1].Content))}");
            File.WriteAllLines(generate.Output, prompts.Select(p => JsonSerializer.Serialize(new AnswerLine(p.Id, 0, _answer(p).Text, 1, 1, _answer(p).Finish, 1), WorkerJson.Options)));
        }

        return new WorkerRun(new ResultEvent(), []);
    }

    /// <summary>First was trained: another seed, the same bytes.</summary>
    private void Train(string seed)
    {
        FingerprintFile.Of("Train", new KeyFields().Add("seed", seed).Add("worker", (string?)null).Add("baseModel", new KeyFields())).Write(_folder["First/obj/modelops/trained/fingerprint.json"]);
        new Receipt().Files(Directory.GetFiles(_folder["First/obj/modelops/adapter"])).Write(_folder["First/obj/modelops/receipts/Train"]);
    }

    private void Pass() => new Receipt().Write(_folder["First/obj/modelops/receipts/Gate"]);
}
