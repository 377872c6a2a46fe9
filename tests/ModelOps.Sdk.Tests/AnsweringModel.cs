using System.Text.Json;

namespace ModelOps.Sdk.Tests;

/// <summary>A model that the real engine trained, evaluated and packed, once for all tests of apps: its repository, a feed with its packages, and what the evaluation asked and heard.</summary>
internal sealed record AnsweringModel(TestRepository Repository, string Feed, string[] Questions, string[] Answers)
{
    private static readonly Lazy<AnsweringModel> s_packed = new(Pack);

    public static AnsweringModel Packed => s_packed.Value;

    /// <summary>What apps read: a question a line.</summary>
    public string Input => string.Join('\n', Questions) + "\n";

    private static AnsweringModel Pack()
    {
        TestRepository models = BadTunes.Repository().Property("PackageId", "Contoso.Triage").Property("Version", "1.2.0").Property("PackageLicenseExpression", "MIT").Property("PackageOutputPath", "../out").Save();
        BuildResult pack = models.Run("pack");
        Assert.True(pack.Succeeded, pack.Output);
        string feed = Directory.CreateTempSubdirectory("modelops-feed-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(feed, recursive: true);
        Array.ForEach(Directory.GetFiles(models.PathOf("out")), file => File.Copy(file, Path.Combine(feed, Path.GetFileName(file))));
        JsonElement evaluation = JsonDocument.Parse(File.ReadAllBytes(models.Obj("eval.json"))).RootElement;
        string[] questions = [.. evaluation.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("input").GetString()!)];
        string[] answers = [.. evaluation.GetProperty("subjects")[0].GetProperty("answers").EnumerateArray().Select(answer => answer.GetProperty("text").GetString()!)];
        return new AnsweringModel(models, feed, questions, answers);
    }
}
