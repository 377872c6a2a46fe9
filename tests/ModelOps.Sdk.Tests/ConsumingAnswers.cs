using System.Text.Json;

namespace ModelOps.Sdk.Tests;

/// <summary>From rows to an app's answers with the real engine: what was evaluated is what the app says.</summary>
public sealed class ConsumingAnswers
{
    [Fact]
    public void An_app_answers_as_the_evaluation_did_when_the_models_repository_is_gone()
    {
        (TestRepository models, string feed, string[] questions, string[] answers) = AnsweringModel.Packed;
        Exports(models, questions, answers);
        string server = Path.Combine(SourceTree.Root, "src", "ModelOps.Serve", "bin", SourceTree.Configuration, "net10.0", "ModelOps.Serve.dll");
        ProcessResult verify = models.Tool("verify", "out/Contoso.Triage.1.2.0.nupkg", "--server", server);
        ConsumingRepository apps = new ConsumingRepository(models: feed)
            .Project("App/App.csproj", """<PackageReference Include="Contoso.Triage" Version="1.2.0" />""", "<OutputType>Exe</OutputType><InvariantGlobalization>true</InvariantGlobalization><NoWarn>$(NoWarn);CA2007</NoWarn>")
            .Write("App/Program.cs", """
                using System;
                using Microsoft.Extensions.AI;
                using ModelOps.Runtime;
                using IChatClient triage = ModelChatClient.Open(Triage.Path, new ModelRuntimeOptions { ProbeParity = true });
                while (await Console.In.ReadLineAsync() is { } ticket)
                {
                    Console.WriteLine((await triage.GetResponseAsync(ticket)).Text);
                }
                """ + "\n");

        BuildResult publish = apps.Run("publish", apps.PathOf("App"), "-o", apps.PathOf("pub"));
        models.Done();
        ProcessResult run = Dotnet.RunWithInput(apps.Root, new Dictionary<string, string>(), AnsweringModel.Packed.Input, apps.PathOf("pub/App.dll"));

        Assert.True(verify.ExitCode == 0, verify.Output);
        Assert.Contains("Contoso.Triage 1.2.0: answers its 4 sealed rows as in its evaluation", verify.Output, StringComparison.Ordinal);
        Assert.True(publish.Succeeded, publish.Output);
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(answers, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        apps.Done();
    }

    /// <summary>What other tools are given answers the same: the adapter merged into its base.</summary>
    private static void Exports(TestRepository models, string[] questions, string[] answers)
    {
        string worker = Path.Combine(SourceTree.Root, "src", "ModelOps.Worker", "bin", SourceTree.Configuration, "net10.0", "ModelOps.Worker.dll");
        models.Write("questions.jsonl", string.Concat(questions.Select(q => JsonSerializer.Serialize(new { messages = new[] { new { role = "user", content = q } } }) + "\n")));

        ProcessResult export = models.Tool("export", "out/Contoso.Triage.1.2.0.nupkg", "-o", "merged", "--merged", "--worker", worker);
        ProcessResult ask = models.Tool("model", "generate", "-m", "merged", "-i", "questions.jsonl", "-o", "answers.jsonl", "--worker", worker);

        Assert.True(export.ExitCode == 0, export.Output);
        Assert.True(ask.ExitCode == 0, ask.Output);
        string[] files = [.. Directory.GetFiles(models.PathOf("merged")).Select(f => Path.GetFileName(f)!)];
        Assert.Superset(new HashSet<string> { "config.json", "tokenizer.json", "model.safetensors", "README.md" }, files.ToHashSet());
        Assert.DoesNotContain(files, f => f.StartsWith("adapter", StringComparison.Ordinal) || f == "modelops.json");
        Assert.Equal(answers, File.ReadLines(models.PathOf("answers.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()));
    }
}
