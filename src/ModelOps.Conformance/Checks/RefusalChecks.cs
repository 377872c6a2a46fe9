using System.Text.Json.Nodes;

namespace ModelOps.Conformance.Checks;

/// <summary>Requests that no worker may take: exit code 2, one coded error, nothing written.</summary>
internal static class RefusalChecks
{
    public static IReadOnlyList<Check> All { get; } =
    [
        new("no-request", "Without an argument the worker ends with 2.", bench => Refused(Execution.Start(bench, [], watchesInput: false))),
        new("request-is-no-json", "A request that is no JSON ends with 2.", bench => RefusedText(bench, "{\"protocol\": 1,")),
        new("request-is-missing", "A request file that is not there ends with 2.", bench => Refused(Execution.Start(bench, [Path.Combine(bench.Folder(), "none.json")], watchesInput: false))),
        new("unknown-verb", "A verb that the protocol does not know ends with 2.", bench => Refused(bench.Start(Requests.Of(bench, "levitate")))),
        new("unknown-property", "A property that the protocol does not know ends with 2: a misspelt option must not be ignored.", bench => RefusedTraining(bench, request => request["colour"] = "red")),
        new("unknown-option", "A hyper-parameter that the protocol does not know ends with 2.", bench => RefusedOption(bench, "lorarank", 4)),
        new("other-protocol", "A request of another version of the protocol ends with 2.", bench => RefusedTraining(bench, request => request["protocol"] = 2)),
        new("unknown-method", "A method that is none of the words ends with 2.", bench => RefusedOption(bench, "method", "telepathy")),
        new("unknown-objective", "An objective that is none of the words ends with 2.", bench => RefusedOption(bench, "objective", "ppo")),
        new("unknown-schedule", "A schedule that is none of the words ends with 2.", bench => RefusedOption(bench, "schedule", "zigzag")),
        new("option-out-of-range", "A hyper-parameter out of its range ends with 2.", bench =>
        {
            RefusedOption(bench, "loraRank", 0);
            RefusedOption(bench, "learningRate", -1);
            RefusedOption(bench, "loraDropout", 1);
        }),
        new("unknown-target", "An adapter for a layer that the model does not have ends with 2.", bench => RefusedOption(bench, "targetModules", new JsonArray("q_proj", "z_proj"))),
    ];

    private static void RefusedText(Workbench bench, string text)
    {
        string path = Path.Combine(bench.Folder(), "request.json");
        File.WriteAllText(path, text);
        Refused(Execution.Start(bench, [path], watchesInput: false));
    }

    private static void RefusedOption(Workbench bench, string name, JsonNode value) => RefusedTraining(bench, request => request["options"]![name] = value);

    private static void RefusedTraining(Workbench bench, Action<JsonObject> change)
    {
        string folder = bench.Folder();
        JsonObject request = Requests.Train(bench, folder, "out", Requests.Options());
        change(request);
        Refused(bench.Start(request));
        Expect.That(!Directory.Exists(Path.Combine(folder, "out")), "a request that was refused left an output folder");
    }

    private static void Refused(Execution run)
    {
        using (run)
        {
            run.Finish(Execution.BadRequest);
            Expect.That(run.Error.GetProperty("message").GetString() is { Length: > 0 }, "the error has no message");
        }
    }
}
