use crate::app::App;
use buttress_testing::wire::Piece;

#[tokio::test]
async fn stream_sends_each_tick_as_an_event_of_its_own() {
    let parts =
        ["tick 0", "tick 1", "tick 2", "tick 3", "tick 4"].map(|tick| format!("data: {tick}\n\n"));
    let content_type = "text/event-stream";
    parts_come_one_by_one("/stream", content_type, &parts).await;
}

#[tokio::test]
async fn chunks_sends_a_page_bit_by_bit() {
    let parts = [0, 1, 2, 3, 4].map(|i| format!("<p>chunk {i}</p>\n"));
    parts_come_one_by_one("/chunks", "text/html; charset=utf-8", &parts).await;
}

async fn parts_come_one_by_one(path: &str, content_type: &str, parts: &[String]) {
    let app = App::start().await;
    let mut connection = app.connect().await;
    let head = connection.get(path, &[]).await;
    assert_eq!(head.header("content-type"), Some(content_type));
    for part in parts {
        // Each in a chunk of its own, so each was sent before the next was there.
        assert_eq!(connection.piece().await, Piece::Data(part.clone().into()));
    }
    assert!(matches!(connection.piece().await, Piece::End(_)));
    // The body was not asked again after its end, or the connection were gone.
    assert_eq!(connection.get("/plain", &[]).await.status, 200);
}
