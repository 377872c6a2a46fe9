using System.Reflection;
using System.Runtime.Loader;
using System.Text.Json;
using ModelOps.Conformance;
using ModelOps.Core.Protocol;
using Xunit.Abstractions;

namespace ModelOps.Worker.Tests;

/// <summary>
/// The worker on TorchSharp, where one was built (docs/torchsharp.md): <c>MODELOPS_TORCHSHARP_WORKER</c> names its assembly,
/// <c>MODELOPS_TORCHSHARP_ASSEMBLY</c> a TorchSharp.dll whose members the reference assembly is compared with.
/// </summary>
public sealed class TorchSharpTests(TinyModel model, ITestOutputHelper output) : IClassFixture<TinyModel>, IDisposable
{
    private const double Agreement = 1e-3;
    private const int Steps = 50;
    private readonly string _folder = Directory.CreateTempSubdirectory("torch-").FullName;

    public static TheoryData<string> Names() => ConformanceTests.Names();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [TheoryWith("MODELOPS_TORCHSHARP_WORKER")]
    [MemberData(nameof(Names))]
    public void It_does_what_the_protocol_says(string name)
    {
        using var bench = new Workbench(TheoryWithAttribute.Worker);
        CheckResult result = ConformanceSuite.Run(ConformanceSuite.Checks.Single(c => c.Name == name), bench);

        Assert.True(result.Outcome == CheckOutcome.Passed || (result.Outcome == CheckOutcome.NotOffered && name is ("qlora" or "quantised-score")), $"{result.Outcome}: {result.Detail}");
    }

    [TheoryWith("MODELOPS_TORCHSHARP_WORKER")]
    [InlineData("sft", "lora", 0.01)]
    [InlineData("dpo", "lora", 0.003)]
    [InlineData("sft", "full", 0.002)]
    [InlineData("dpo", "full", 0.0005)]
    public void Its_losses_are_those_of_the_engine_step_by_step(string objective, string method, double rate)
    {
        double[] engine = Losses("engine", Path.Combine(AppContext.BaseDirectory, "ModelOps.Worker.dll"), objective, method, rate);
        double[] torch = Losses("torch", TheoryWithAttribute.Worker, objective, method, rate);

        Assert.Equal(Steps, torch.Length);
        double worst = engine.Zip(torch, (a, b) => Math.Abs(a - b)).Max();
        output.WriteLine($"{objective} {method}: worst difference {worst:G3} over {Steps} steps, loss {engine[0]:F4} -> {engine[^1]:F4}");
        Assert.True(worst < Agreement, $"the losses part by {worst}");
        Assert.True(engine[^1] < engine[0]);
    }

    [TheoryWith("MODELOPS_TORCHSHARP_ASSEMBLY")]
    [MemberData(nameof(ReferenceTypes))]
    public void Reference_assembly_declares_members_as_TorchSharp_publishes_them(string type)
    {
        Type? published = Load(Environment.GetEnvironmentVariable("MODELOPS_TORCHSHARP_ASSEMBLY")!).GetType(type);

        Assert.NotNull(published);
        Assert.Empty(Members(Reference().GetType(type)!).Except(Members(published)));
    }

    public static TheoryData<string> ReferenceTypes() => [.. Reference().GetExportedTypes().Select(type => type.FullName!)];

    private static Assembly Reference() => Load(typeof(TorchSharpTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "TorchSharpReference").Value!);

    private static Assembly Load(string path) => new AssemblyLoadContext(path).LoadFromAssemblyPath(Path.GetFullPath(path));

    /// <summary>Constructors are none of the worker's business.</summary>
    private static IEnumerable<string> Members(Type type) => type
        .GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        .Where(m => m is MethodBase { IsConstructor: false } or PropertyInfo or FieldInfo)
        .Select(m => $"{m} {(m is MethodInfo method ? string.Join(", ", method.GetParameters().Select(p => $"{p.Name}={p.RawDefaultValue}")) : "")}");

    private double[] Losses(string name, string worker, string objective, string method, double rate)
    {
        bool pairs = objective == "dpo";
        File.WriteAllLines(In("rows.jsonl"), Enumerable.Range(0, 24).Select(i => pairs ? Pair(i) : Row(i)));
        var request = new TrainRequest
        {
            Model = model.Folder, Train = In("rows.jsonl"), Output = In(name),
            Options = new TrainOptions
            {
                Objective = objective, Method = method, LoraRank = 8, LearningRate = rate, Epochs = Steps, MaxSteps = Steps, BatchSize = 6, MaxSequenceLength = 128, WeightDecay = 0.01, WarmupRatio = 0.1,
            },
        };
        using var run = WorkerRun.CompleteWith(worker, request, _folder);
        return [.. JsonElement.Parse(File.ReadAllText(In($"{name}/training.json"))).GetProperty("steps").EnumerateArray().Select(s => s.GetProperty("loss").GetDouble())];
    }

    private static string Row(int i) => $$"""{"id":"r{{i}}","messages":[{"role":"user","content":"question number {{i}}"},{"role":"assistant","content":"answer is {{i % 7}}, small model"}]}""";

    private static string Pair(int i) =>
        $$"""{"id":"r{{i}}","prompt":[{"role":"user","content":"question number {{i}}"}],"chosen":[{"role":"assistant","content":"answer is {{i % 7}}"}],"rejected":[{"role":"assistant","content":"no code"}]}""";

    private string In(string name) => Path.Combine(_folder, name);
}

/// <summary>Runs where an environment variable names a file that is there; skipped, and said to be, elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithAttribute : TheoryAttribute
{
    public TheoryWithAttribute(string variable) => Skip = File.Exists(Environment.GetEnvironmentVariable(variable)) ? null : $"{variable} names no file: TorchSharp is not to be had here.";

    public static string Worker => Environment.GetEnvironmentVariable("MODELOPS_TORCHSHARP_WORKER")!;
}
