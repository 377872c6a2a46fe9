using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text.Json;

namespace ModelOps.Sdk.Tests;

/// <summary>Tunes that must not pass: the packed engine on the sample's base model, a task that it learns in a few steps when nothing is wrong.</summary>
public sealed class BadTunes
{
    private const int TrainingRows = 96;
    private const int HeldOutRows = 60;
    private static readonly string[] s_labels = ["billing", "bug", "access", "setup"];

    [Fact]
    public void Nothing_wrong_passes()
    {
        TestRepository repository = Repository().Save();

        BuildResult build = repository.Build();

        Assert.True(build.Succeeded, build.Output);
        repository.Done();
    }

    [Fact]
    public void Shuffled_labels_fail()
    {
        // Every label equally often with every word, so that the word says nothing.
        TestRepository repository = Repository().Save();
        repository.Write("Triage/data/train/a.jsonl", Lines(TrainingRows, i => TriageData.Row(Question(i), s_labels[i / 4 % 4])));

        Misses(repository.Build());
        repository.Done();
    }

    [Fact]
    public void Zero_steps_fail()
    {
        TestRepository repository = Repository().Save();

        // What a user can write: no pass over the data, or one step that moves nothing.
        BuildResult none = repository.Build("-p:Epochs=0");
        BuildResult tiny = repository.Build("--no-restore", "-p:MaxSteps=1", "-p:LearningRate=1e-9");

        Assert.Equal(1, none.ExitCode);
        Assert.True(none.Codes is ["MOPS3053"], none.Output);
        Assert.False(File.Exists(repository.Obj("receipts/Gate")));
        Misses(tiny);
        repository.Done();
    }

    [FactWithShell]
    [UnsupportedOSPlatform("windows")]
    public void An_adapter_of_another_base_fails()
    {
        // A trainer that trains on another model than it was asked to: every shape fits, so only the answers can tell.
        TestRepository repository = Repository().Property("ModelOpsWorkerPath", "$(MSBuildThisFileDirectory)../trainer.sh").Save();
        string other = Path.Combine(repository.Root, "other");
        Directory.CreateDirectory(other);
        Array.ForEach(Directory.GetFiles(repository.PathOf("base")), file => File.Copy(file, Path.Combine(other, Path.GetFileName(file))));
        ShuffleWeights(Path.Combine(other, "model.safetensors"));
        repository.Write("trainer.sh", $"""
            #!/bin/sh
            if grep -q '"verb": *"train"' "$1"; then sed -i 's#{repository.PathOf("base")}"#{other}"#' "$1"; grep -q '{other}"' "$1" || exit 9; fi
            exec dotnet exec '{Path.Combine(SdkFeed.Cache, "modelops.sdk", "1.0.0", "worker", "ModelOps.Worker.dll")}' "$@"
            """.ReplaceLineEndings("\n"));
        File.SetUnixFileMode(repository.PathOf("trainer.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        BuildResult build = repository.Build();

        Assert.Contains("Train 72/72", build.Output, StringComparison.Ordinal);
        Misses(build);
        repository.Done();
    }

    [Fact]
    public void A_task_that_a_prompt_solves_gains_nothing()
    {
        // Both say what the base says anyway; the adapter is right everywhere and no better.
        TestRepository repository = new TestRepository().WithTriage().Save();
        repository.Write("Triage/data/train/a.jsonl", Lines(TrainingRows, i => TriageData.Row(Question(i), "unknown")));
        repository.Write("Triage/data/eval/a.jsonl", Lines(HeldOutRows, i => TriageData.Row(HeldOut(i), "unknown")));

        BuildResult gain = repository.Build();
        repository.Edit("Triage/Triage.csproj", "<EvalGate Include=\"ExactMatch\" Minimum=\"0.80\" MinimumGain=\"0.10\" />", "");
        BuildResult byDefault = repository.Build("--no-restore");

        Assert.Equal(1, gain.ExitCode);
        Assert.Contains("MOPS5001", gain.Codes);
        Assert.Matches(@"MOPS5001: Gate failed\. ExactMatch must gain at least 0\.10 .*candidate 1\.000, gain 0\.000", gain.Output);
        Assert.Equal(1, byDefault.ExitCode);
        Assert.Contains(byDefault.Codes, code => code is "MOPS5001" or "MOPS5002");
        repository.Done();
    }

    /// <summary>A tune with nothing wrong.</summary>
    internal static TestRepository Repository() => new TestRepository().WithTriage().WithTinyBase().RealWorker()
        .Property("Epochs", "6").Property("BatchSize", "8").Property("LearningRate", "3e-3").Property("MaxNewTokens", "6")
        .Item("<EvalGate Include=\"ExactMatch\" Minimum=\"0.60\" MinimumGain=\"0.10\" />")
        .Write("Triage/data/train/a.jsonl", Lines(TrainingRows, i => TriageData.Row(Question(i), s_labels[i % 4])))
        .Write("Triage/data/eval/a.jsonl", Lines(HeldOutRows, i => TriageData.Row(HeldOut(i), s_labels[(i + 1) % 4])));

    private static string Question(int i) => $"ticket alpha{i} beta{i} about {s_labels[i % 4]} please";

    private static string HeldOut(int i) => $"case alpha{i} beta{i} on {s_labels[(i + 1) % 4]} now";

    private static string Lines(int count, Func<int, string> row) => string.Join('\n', Enumerable.Range(0, count).Select(row)) + "\n";

    private static void Misses(BuildResult build)
    {
        Assert.Equal(1, build.ExitCode);
        Assert.Contains("MOPS5001", build.Codes);
        Assert.DoesNotContain(build.Codes, code => code.StartsWith("MOPS3", StringComparison.Ordinal) || code.StartsWith("MOPS4", StringComparison.Ordinal));
    }

    /// <summary>The same numbers in another order, tensor by tensor: a base of the same shape that knows nothing.</summary>
    private static void ShuffleWeights(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, header));
        var random = new Random(3);
        foreach (JsonProperty tensor in json.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__"))
        {
            JsonElement offsets = tensor.Value.GetProperty("data_offsets");
            int from = offsets[0].GetInt32();
            random.Shuffle(MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan(8 + header + from, offsets[1].GetInt32() - from)));
        }

        File.WriteAllBytes(path, bytes);
    }

    /// <summary>A fact whose trainer is a shell script.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FactWithShellAttribute : FactAttribute
    {
        public FactWithShellAttribute() => Skip = OperatingSystem.IsWindows() ? "needs a POSIX shell" : null;
    }
}
