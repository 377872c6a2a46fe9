namespace ModelOps.Sdk.Tests;

/// <summary>Bad input has its code, file, line and column, is found before any work, and loses nothing.</summary>
public sealed class BadInput
{
    [Theory]
    [InlineData("<LoraRnk>8</LoraRnk>", "", @"Triage\.csproj\(4,6\): error MOPS2051: .*'LoraRank'")]
    [InlineData("<LoraRank>sixteen</LoraRank>", "", @"Triage\.csproj\(4,6\): error MOPS2054: LoraRank is 'sixteen'")]
    [InlineData("<QuantizationType>fp4</QuantizationType>", "", @"Triage\.csproj\(4,6\): error MOPS2054: QuantizationType is 'fp4'; expected one of nf4, int8")]
    [InlineData("<LearningRate>0,001</LearningRate>", "", @"Triage\.csproj\(4,6\): error MOPS2054: ")]
    [InlineData("<Trainer>enginee</Trainer>", "", @"Triage\.csproj\(4,6\): error MOPS2054: .*engine")]
    [InlineData("", "<EvalGate Include=\"ExactMath\" Minimum=\"0.8\" />", @"Triage\.csproj\(7,15\): error MOPS4001: .*'ExactMatch'")]
    [InlineData("", "<EvalGate Include=\"ExactMatch\" Minimum=\"high\" />", @"Triage\.csproj\(7,36\): error MOPS5004: .*high")]
    [InlineData("", "<EvalGate Include=\"ExactMatch\" MinimumGian=\"0.1\" />", @"Triage\.csproj\(7,36\): error MOPS5003: .*MinimumGain")]
    [InlineData("", "<EvalGates Include=\"ExactMatch\" Minimum=\"0.8\" />", @"Triage\.csproj\(7,6\): error MOPS2053: .*'EvalGate'")]
    [InlineData("", "<TrainingData Update=\"data/train/a.jsonl\" Weigth=\"2\" />", @"Triage\.csproj\(7,47\): error MOPS2052: .*Weigth")]
    public void In_the_project_file(string property, string item, string expected)
    {
        var repository = new TestRepository();
        repository.WithTriage();
        if (item.Length > 0)
        {
            repository.Item(item);
        }

        repository.Save();
        if (property.Length > 0)
        {
            repository.Edit("Triage/Triage.csproj", "    <ModelOpsWorkerPath>", $"    {property}\n    <ModelOpsWorkerPath>");
        }

        BuildResult build = repository.Build();

        Assert.Equal(1, build.ExitCode);
        Assert.Matches(expected, build.Output);
        Assert.Empty(build.Ran);
        repository.Done();
    }

    /// <summary>Nobody has the worker on TorchSharp here: one error that says what to add, before NuGet looks for packages that the project does not name.</summary>
    [Fact]
    public void Trainer_whose_packages_no_source_has()
    {
        TestRepository repository = new TestRepository().WithTriage().RealWorker().Property("Trainer", "torchsharp").Save();

        BuildResult build = repository.Build();
        BuildResult unrestored = repository.Build("--no-restore");

        Assert.Equal((1, 1), (build.ExitCode, unrestored.ExitCode));
        Assert.Equal(["MOPS3207"], build.Codes);
        Assert.Contains("ModelOps.Worker.TorchSharp", build.Output, StringComparison.Ordinal);
        Assert.Contains("MOPS3207", unrestored.Codes);
        Assert.DoesNotContain("NU1101", build.Output, StringComparison.Ordinal);
        repository.Done();
    }

    [Fact]
    public void Misspelt_property_in_an_import_and_on_the_command_line()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Write("Directory.Build.props", "<Project>\n  <Import Project=\"eng/Training.props\" />\n</Project>");
        repository.Write("eng/Training.props", "<Project>\n  <PropertyGroup>\n    <Epoch>5</Epoch>\n  </PropertyGroup>\n</Project>");

        BuildResult import = repository.Build();
        repository.Write("eng/Training.props", "<Project />");
        BuildResult good = repository.Build();
        BuildResult global = repository.Build("-p:LearningRat=1e-4");
        BuildResult allowed = repository.Build("-p:LearningRat=1e-4", "-p:ModelOpsAllowedProperties=LearningRat");

        Assert.Matches(@"Training\.props\(3,6\): error MOPS2051: .*'Epochs'", import.Output);
        Assert.True(good.Succeeded, good.Output);
        Assert.Equal(["MOPS2051"], global.Codes);
        Assert.True(allowed.Succeeded, allowed.Output);
        repository.Done();
    }

    [Fact]
    public void In_a_dataset_and_nothing_is_lost()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        BuildResult good = repository.Build();
        string[] rows = File.ReadAllLines(repository.PathOf("Triage/data/train/a.jsonl"));

        (string Text, string Expected)[] cases =
        [
            (With(rows, 36, rows[36][..^3]), @"data/train/a\.jsonl\(37,\d+\): error MOPS1001"),
            (With(rows, 4, """{"messages":[{"role":"user","content":"hello"}]}"""), @"data/train/a\.jsonl\(5,\d+\): error MOPS1007"),
            ("", @"data/train/a\.jsonl ?: error MOPS1014"),
            (With(rows, 0, TriageData.EvalRow(0)), @"data/eval/a\.jsonl\(1.*: error MOPS1015"),
        ];
        foreach ((string text, string expected) in cases)
        {
            repository.Write("Triage/data/train/a.jsonl", text);
            BuildResult bad = repository.Build("--no-restore");
            Assert.Equal(1, bad.ExitCode);
            Assert.Matches(expected, bad.Output);
        }

        repository.Write("Triage/data/train/a.jsonl", string.Join('\n', rows) + "\n");
        BuildResult repaired = repository.Build("--no-restore");

        Assert.True(good.Succeeded && repaired.Succeeded, repaired.Output);
        Assert.Empty(repaired.Ran);
        repository.Done();
    }

    [Theory]
    [InlineData("tokenizer.json", "MOPS2004")]
    [InlineData("config.json", "MOPS2002")]
    [InlineData("model.safetensors", "MOPS2005")]
    public void In_the_base_model(string missing, string code)
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        File.Delete(repository.PathOf("base/" + missing));

        BuildResult build = repository.Build();

        Assert.Matches($@"Triage\.csproj\(3,6\): error {code}: .*base", build.Output);
        Assert.Empty(build.Ran);
        repository.Done();
    }

    [Fact]
    public void No_evaluation_set_and_no_base_model()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        Directory.Delete(repository.PathOf("Triage/data/eval"), recursive: true);
        repository.Edit("Triage/Triage.csproj", "    <BaseModel>../base</BaseModel>\n", "");

        BuildResult build = repository.Build();

        Assert.Equal(["MOPS1014", "MOPS2055"], build.Codes.Order());
        repository.Done();
    }

    [Fact]
    public void From_the_worker_and_the_next_build_starts_over()
    {
        TestRepository repository = new TestRepository().WithTriage().Save().Environment("MODELOPS_MOCK", "train:error");
        BuildResult diagnosed = repository.Build();
        repository.Environment("MODELOPS_MOCK", "train:crash");
        BuildResult crashed = repository.Build("--no-restore");
        repository.Environment("MODELOPS_MOCK", "");
        BuildResult good = repository.Build("--no-restore");

        Assert.Matches(@"train\.jsonl\(3,7\): error MOPS3101: The loss is not a number", diagnosed.Output);
        Assert.Matches("error MOPS3003: .*139.*the last words of a worker", crashed.Output);
        Assert.True(good.Succeeded, good.Output);
        Assert.Equal("train", good.Ran[0]);
        Assert.Empty(Directory.GetFileSystemEntries(repository.Obj("work")));
        repository.Done();
    }

    private static string With(string[] rows, int at, string row) => string.Join('\n', [.. rows[..at], row, .. rows[(at + 1)..]]) + "\n";
}
