using System.Text;

namespace ModelOps.Benchmarks.Groups;

/// <summary>
/// Adapter projects of any size, and their empty counterparts. They are trained by the tests' mock worker, for what is measured here
/// starts when everything is up to date.
/// </summary>
internal static class ManyProjects
{
    private const int Rows = 48;

    private static readonly string[] s_labels = ["billing", "bug", "access", "setup"];

    /// <summary>An empty Microsoft.Build.NoTargets project.</summary>
    public static void WriteEmpty(Sandbox sandbox, string folder) => sandbox.Write($"{folder}/{Path.GetFileName(folder)}.csproj", """
        <Project Sdk="Microsoft.Build.NoTargets/3.7.0">
          <PropertyGroup><TargetFramework>netstandard2.0</TargetFramework></PropertyGroup>
        </Project>
        """);

    /// <summary>An adapter project whose data lie in <paramref name="files"/> files; a file more holds the held-out rows.</summary>
    public static void WriteAdapter(Sandbox sandbox, string folder, int files)
    {
        WriteBase(sandbox, $"{folder}/base");
        sandbox.Write($"{folder}/{Path.GetFileName(folder)}.csproj", $"""
            <Project Sdk="ModelOps.Sdk/1.0.0">
              <PropertyGroup>
                <BaseModel>base</BaseModel>
                <ModelOpsWorkerPath>{MockWorker(sandbox.Root)}</ModelOpsWorkerPath>
              </PropertyGroup>
              <ItemGroup>
                <EvalGate Include="ExactMatch" Minimum="0.80" MinimumGain="0.10" />
              </ItemGroup>
            </Project>
            """);
        int rows = Math.Max(Rows, files);
        for (int file = 0; file < files; file++)
        {
            sandbox.Write($"{folder}/data/train/{file:D5}.jsonl", Lines(file, rows, files, TrainRow));
        }

        sandbox.Write($"{folder}/data/eval/rows.jsonl", Lines(0, Rows, 1, EvalRow));
        sandbox.Write($"{folder}/prompts/zero.prompty", "---\nname: zero\n---\nuser:\nTicket: {{input}}\n");
    }

    /// <summary>Puts another training row in the place of the first one, or the first one back.</summary>
    public static void Edit(Sandbox sandbox, string folder, bool edited)
    {
        string file = sandbox.PathOf(folder, "data", "train", "00000.jsonl");
        string text = File.ReadAllText(file);
        File.WriteAllText(file, edited ? text.Replace("about billing please", "about billing kindly") : text.Replace("about billing kindly", "about billing please"));
    }

    private static void WriteBase(Sandbox sandbox, string folder)
    {
        sandbox.Write($"{folder}/config.json", """{"model_type":"llama","vocab_size":16,"hidden_size":4}""");
        sandbox.Write($"{folder}/tokenizer.json", """{"version":"1.0"}""");
        sandbox.Write($"{folder}/chat_template.jinja", "{{ messages }}");
        sandbox.Write($"{folder}/model.safetensors", "weights");
    }

    private static string MockWorker(string root) => Path.Combine(root, "tests", "ModelOps.MockWorker", "bin", "Release", "net10.0", "ModelOps.MockWorker.dll");

    private static string Lines(int first, int rows, int step, Func<int, string> row)
    {
        var text = new StringBuilder();
        for (int i = first; i < rows; i += step)
        {
            text.Append(row(i)).Append('\n');
        }

        return text.ToString();
    }

    private static string TrainRow(int i) => Row($"ticket alpha{i} beta{i} about {s_labels[i % 4]} please", s_labels[i % 4]);

    // Shares its rare words with a training row of another label: the nearest row is wrong, so the mock worker beats it.
    private static string EvalRow(int i) => Row($"case alpha{i} beta{i} on {s_labels[(i + 1) % 4]} now", s_labels[(i + 1) % 4]);

    private static string Row(string question, string answer) => $$"""{"messages":[{"role":"user","content":"{{question}}"},{"role":"assistant","content":"{{answer}}"}]}""";
}
