using System.Security.Cryptography;

namespace ModelOps.Sdk.Tests;

/// <summary>Edits through real builds: a choice of those that the tasks' own tests play by the hundred, and random sequences.</summary>
public sealed class RealEdits
{
    private const string Train = "Triage/data/train/a.jsonl", Eval = "Triage/data/eval/a.jsonl", Prompt = "Triage/prompts/zero.prompty";

    /// <summary>Edit, the reason that the build gives, and the worker's verbs; an empty reason means that nothing is to be done.</summary>
    private static readonly (string Name, Action<TestRepository> Apply, string Reason)[] s_edits =
    [
        ("a word", r => r.Edit(Train, "alpha6 beta6 about access please", "alpha6 beta6 about access kindly"), " retrains: 1 row changed in data/train/a.jsonl (line 7)"),
        ("line ends", r => r.Write(Train, File.ReadAllText(r.PathOf(Train)).ReplaceLineEndings("\r\n")), ""),
        ("a comment", r => r.Edit("Triage/Triage.csproj", "</Project>", "<!-- why --></Project>"), ""),
        ("a held-out word", r => r.Edit(Eval, "case alpha2 ", "cases alpha2 "), " re-evaluates: 1 evaluation row changed in data/eval/a.jsonl (line 3)"),
        ("a prompt", r => r.Edit(Prompt, "Ticket:", "Mail:"), " re-evaluates: Subjects[zero].Prompt.Messages"),
        ("a threshold", r => r.Edit("Triage/Triage.csproj", "Minimum=\"0.80\"", "Minimum=\"0.75\""), " re-gates: Gates[ExactMatch].Minimum 0.8 -> 0.75"),
        ("a spelling", r => r.Edit("Triage/Triage.csproj", "</PropertyGroup>", "<LearningRate>0.001</LearningRate></PropertyGroup>"), ""),
        ("a value", r => r.Edit("Triage/Triage.csproj", "<LearningRate>0.001<", "<LearningRate>1e-4<"), " retrains: LearningRate 1e-3 -> 1e-4"),
        ("the base model's weights", r => r.Write("base/model.safetensors", "Weights"), " retrains: BaseModel.Weights changed"),
        ("the version", r => r.Edit("Triage/Triage.csproj", "</PropertyGroup>", "<Version>1.1.0</Version></PropertyGroup>"), ""),
    ];

    [Fact]
    public void Each_edit_does_what_it_must_and_no_more_whoever_builds_and_wherever()
    {
        TestRepository repository = new TestRepository().WithTriage().Save();
        Assert.True(repository.Build().Succeeded);

        // Another user in another country, for the builds after the first.
        repository.Environment("USER", "somebody-else").Environment("TZ", "Pacific/Kiritimati").Environment("LANG", "de_DE.UTF-8");
        foreach ((string name, Action<TestRepository> apply, string reason) in s_edits)
        {
            apply(repository);
            BuildResult build = repository.Build("--no-restore");
            Assert.True(build.Succeeded, $"{name}: {build.Output}");
            string[] said = [.. build.Output.Split('\n').Where(l => l.Contains(" retrains: ", StringComparison.Ordinal) || l.Contains(" re-evaluates: ", StringComparison.Ordinal) || l.Contains(" re-gates: ", StringComparison.Ordinal))];
            Assert.True(reason.Length == 0 ? said.Length == 0 && build.Ran.Count == 0 : said.Length > 0 && said[0].Contains(reason, StringComparison.Ordinal), $"{name}: {build.Output}");
            Assert.Equal(reason.StartsWith(" retrains", StringComparison.Ordinal), build.Ran.Contains("train"));
        }

        repository.Done();
    }

    public static IEnumerable<object[]> EveryPart => Soak.Parts(5);

    [Theory]
    [MemberData(nameof(EveryPart))]
    public void Random_sequences_end_where_a_build_from_scratch_ends(int part)
    {
        for (int sequence = 4 * part, end = sequence + Soak.Count(1, 4); sequence < end; sequence++)
        {
            var random = new Random(sequence);
            TestRepository repository = new TestRepository().WithTriage().Save();
            var trained = new HashSet<string>(StringComparer.Ordinal);
            string done = $"sequence {sequence}:";
            for (int step = 0; step < 4; step++)
            {
                done += step == 0 ? "" : $" {Change(repository, random)}";
                BuildResult build = repository.Build();
                TestRepository fresh = Copy(repository);
                BuildResult scratch = fresh.Build();

                Assert.True(build.Succeeded && scratch.Succeeded, $"{done}\n{build.Output}\n{scratch.Output}");
                Assert.All(["fingerprint.json", "adapter/adapter_model.safetensors", "eval.json", "verdict.json"], file => Assert.True(
                    HashOf(repository.Obj(file)) == HashOf(fresh.Obj(file)), $"{done}: {file} is not that of a build from scratch\n{build.Output}"));
                bool isNew = trained.Add(HashOf(fresh.Obj("adapter/adapter_model.safetensors")));
                Assert.True(isNew == build.Ran.Contains("train"), $"{done}\n{build.Output}");
                fresh.Done();
            }

            repository.Done();
        }
    }

    private static string Change(TestRepository repository, Random random)
    {
        string[] lines = File.ReadAllLines(repository.PathOf(Train));
        switch (random.Next(6))
        {
            case 0:
                int at = random.Next(lines.Length);
                lines[at] = lines[at].Replace(" please", random.Next(2) == 0 ? " kindly" : " please please", StringComparison.Ordinal);
                repository.Write(Train, string.Join('\n', lines) + "\n");
                return "word";
            case 1:
                random.Shuffle(lines);
                repository.Write(Train, string.Join("\r\n", lines) + "\r\n");
                return "order";
            case 2:
                repository.Property("Seed", $"{random.Next(2)}").Save();
                return "seed";
            case 3:
                repository.Write(Prompt, $"---\nname: zero\ndescription: {random.Next(3)}\n---\nuser:\n{(random.Next(2) == 0 ? "Ticket" : "Mail")}: {{{{input}}}}\n");
                return "prompt";
            case 4:
                File.SetLastWriteTimeUtc(repository.PathOf(Train), DateTime.UtcNow.AddDays(-random.Next(1000)));
                return "age";
            default:
                Directory.Delete(repository.Obj(""), recursive: true);
                return "clean";
        }
    }

    private static string HashOf(string file) => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));

    private static TestRepository Copy(TestRepository repository)
    {
        var copy = new TestRepository("copy");
        foreach (string file in Directory.EnumerateFiles(repository.Root, "*", SearchOption.AllDirectories).Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)))
        {
            copy.Write(Path.GetRelativePath(repository.Root, file), "");
            File.Copy(file, copy.PathOf(Path.GetRelativePath(repository.Root, file)), overwrite: true);
        }

        return copy;
    }
}
